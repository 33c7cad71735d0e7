// Views that are opened later come in a part of the page's module: while that is on its way they say so.
import { expect, hold, test, violations } from '../support/site';

const PART = '**/kubarium_views.wasm';
const coming = 'Fetching this part of the page…';

test('a view that is still on its way says so, and then stands there', async ({ site, page }) => {
  const come = await hold(page, PART);
  await site.ready();
  await page.getByRole('tab', { name: 'Raft', exact: true }).click();
  const raft = page.getByRole('tabpanel', { name: 'Raft' });
  await expect(raft.getByRole('status')).toHaveText(coming);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Control+k');
  await expect(page.getByText(coming)).toHaveCount(2);
  come();
  await expect(page.getByRole('dialog', { name: 'Search notes and labs' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(raft.getByRole('group', { name: 'Members on a ring' })).toBeVisible();
});

test('the part comes by itself when the cluster stands, and once', async ({ site, page }) => {
  const fetched: string[] = [];
  page.on('response', (response) => fetched.push(new URL(response.url()).pathname));
  await site.ready();
  const parts = () => fetched.filter((path) => path.endsWith('kubarium_views.wasm'));
  await expect.poll(() => parts().length).toBe(1);
  await page.getByRole('tab', { name: 'Keys', exact: true }).click();
  await expect(page.getByRole('tabpanel', { name: 'Keys' }).getByRole('combobox')).toBeVisible();
  expect(parts().length).toBe(1);
});

test.describe('when the part does not come', () => {
  test.use({ expectedComplaints: [/ERR_FAILED|Failed to load resource/] });

  test('only who opens such a view hears of it, and can try again', async ({ site, page }) => {
    await page.route(PART, (route) => route.abort());
    await site.ready();
    await page.getByRole('tab', { name: 'Raft', exact: true }).click();
    const raft = page.getByRole('tabpanel', { name: 'Raft' });
    await expect(raft.getByRole('alert')).toContainText('could not be fetched');
    await page.unroute(PART);
    await raft.getByRole('button', { name: 'Try again' }).click();
    await expect(raft.getByRole('group', { name: 'Members on a ring' })).toBeVisible();
    expect(await site.outputOf('echo all the same')).toEqual(['all the same']);
  });
});
