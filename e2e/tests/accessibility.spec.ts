// axe on every route, light and dark, and on what opens over them.
import AxeBuilder from '@axe-core/playwright';
import { readdirSync } from 'node:fs';
import { expect, test } from '../support/site';
import type { Page } from '@playwright/test';

const notes = readdirSync(new URL('../../content/notes', import.meta.url))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `notes/${name.replace(/^\d+-/, '').replace(/\.md$/, '')}`)
  .sort();
const routes = ['', 'notes', 'cluster', 'console', 'nowhere', ...notes];

async function violations(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

for (const route of routes) {
  test(`/${route} has no violations, light or dark`, async ({ site, page }) => {
    await site.open(route);
    await expect(page.getByRole('heading', { level: 1 }).or(site.input).first()).toBeVisible();
    await page.waitForLoadState('networkidle');
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const seen = new Set<string>();
    for (const colorScheme of ['light', 'dark'] as const) {
      // Colours change at once, or axe would see one on its way.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      seen.add(await background());
      expect(await violations(page), colorScheme).toEqual([]);
    }
    expect(seen.size, 'the page has two looks').toBe(2);
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('an open panel and a used console have no violations', async ({ site, page }) => {
      await site.ready();
      const leader = await site.leader();
      await site.inspect(leader);
      await site.outputOf('etcdctl put a b; frobnicate');
      expect(await violations(page)).toEqual([]);
    });

    test('a phone has no violations', async ({ site, page }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await site.open();
      for (const tab of ['Notes', 'Cluster', 'Console']) {
        await page.getByRole('tab', { name: tab }).click();
        expect(await violations(page), tab).toEqual([]);
      }
    });
  });
}
