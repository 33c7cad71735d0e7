// A phone of ordinary size: one pane at a time, nothing wider than the screen.
import { excess, expect, test } from '../support/site';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

test('every page fits the screen, and its tabs a thumb', async ({ site, page }) => {
  for (const path of ['', 'notes', 'notes/etcd-quick-start', 'cluster', 'console', 'nowhere']) {
    await site.open(path);
    await expect(page.getByRole('tablist', { name: 'Panes' })).toBeVisible();
    expect(await excess(page), `/${path}`).toBeLessThanOrEqual(0);
  }
  for (const name of ['Notes', 'Cluster', 'Console']) {
    const box = await page.getByRole('tab', { name }).boundingBox();
    expect(box?.height ?? 0, name).toBeGreaterThanOrEqual(40);
  }
});

test('reading, watching and typing are a tap apart', async ({ site, page }) => {
  await site.open();
  await page.getByRole('tab', { name: 'Console' }).tap();
  await site.answers();
  await page.getByRole('tab', { name: 'Cluster' }).tap();
  const leader = await site.leader();
  await site.component(leader).tap();
  await expect(page.getByRole('region', { name: `${leader} details` })).toBeVisible();
  await page.getByRole('tab', { name: 'Console' }).tap();
  expect(await site.outputOf('etcdctl put phone yes')).toEqual(['OK']);
  await page.getByRole('tab', { name: 'Notes' }).tap();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.getByRole('tab', { name: 'Console' }).tap();
  await page.getByRole('link', { name: 'Labs', exact: true }).tap();
  await expect(page.getByRole('heading', { level: 1, name: 'Labs' })).toBeVisible();
});
