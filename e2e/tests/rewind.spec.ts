// Back in time: to before what was typed or done, and from there on in another way.
import { button, expect, tabTo, test, violations } from '../support/site';
import type { Page } from '@playwright/test';

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Go back to before…' });
const clock = (page: Page) => page.getByRole('timer', { name: 'Time in the cluster' });

test('the cluster goes back by keys alone, stands still, and takes another turn', async ({ site, page }) => {
  await site.ready();
  await site.outputOf('etcdctl put color red');
  await site.run('etcdctl put color blue');
  await expect(site.log).toContainText('color blue');
  await page.keyboard.press('Shift+Tab');
  await tabTo(page, 'Back', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(dialog(page)).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await tabTo(page, 'Before etcdctl put color blue');
  await page.keyboard.press('Enter');
  await expect(dialog(page)).toBeHidden();
  await expect(button(page, 'Pause time')).toHaveAttribute('aria-pressed', 'true');
  await expect(site.log).toContainText('color red');
  await expect(site.log).not.toContainText('color blue');
  const time = await clock(page).textContent();

  expect(await clock(page).textContent()).toBe(time);
  await button(page, 'Play').click();
  expect(await site.outputOf('etcdctl get color --print-value-only')).toEqual(['red']);

  // What came after is still there.
  await button(page, 'Share').click();
  await page.getByRole('dialog', { name: 'Share this session' }).getByRole('button', { name: 'Bring it back' }).click();
  await site.answers();
  expect(await site.outputOf('etcdctl get color --print-value-only')).toEqual(['blue']);
});

test('where nothing was done there is nothing to go back to, and the window says so', async ({ page, site }) => {
  await site.open();
  await expect(button(page, 'Back')).toBeEnabled({ timeout: 30_000 });
  await button(page, 'Back').click();
  await expect(dialog(page)).toContainText('nothing to go back to');
  await button(page, 'Cancel').click();
  await expect(button(page, 'Back')).toBeFocused();
});
