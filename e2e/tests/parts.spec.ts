// The console's module comes in parts: what lies in one is fetched when it is called, and the world waits.
import { expect, hold, test } from '../support/site';

const PART = '**/kubarium-console_tools.wasm';
/** What the first commands need. */
const FIRST = /kubarium-console_(shell|etcdctl)\.wasm$/;

test('a program whose part is still on its way is waited for, and so is the world', async ({ site, page }) => {
  const come = await hold(page, PART);
  await site.ready();
  await site.leader();
  await site.run(`echo '{"key": "from a part"}' | jq -r .key; etcdctl put after part`);
  await expect(page.getByRole('status').filter({ hasText: 'being fetched' })).toBeVisible();
  await site.run('etcdctl get after');
  come();
  await expect(site.log).toContainText('from a part', { timeout: 30_000 });
  await expect(page.getByRole('status').filter({ hasText: 'being fetched' })).toHaveCount(0);
  expect(await site.outputOf('etcdctl get after --print-value-only')).toEqual(['part']);
});

test('a learner types before the code is here that runs what was typed', async ({ site, page }) => {
  const come = await hold(page, FIRST);
  await site.open();
  await site.leader();
  await expect(page.getByText(/^root@\S+:~#/).first()).toBeVisible();
  await site.input.fill('etcdctl compac');
  await site.input.press('Tab');
  await expect(page.getByRole('status').filter({ hasText: 'being fetched' })).toHaveCount(0);
  come();
  await expect(site.input).toHaveValue('etcdctl compaction ', { timeout: 30_000 });
  expect(await site.outputOf('etcdctl put early bird')).toEqual(['OK']);
});

test('the first line waits for its code, and so does a session that is taken up again', async ({ site, page }) => {
  let come = await hold(page, FIRST);
  await site.open();
  await site.leader();
  await site.run('etcdctl put early bird');
  await expect(page.getByRole('status').filter({ hasText: 'being fetched' })).toBeVisible();
  come();
  await expect(site.log).toContainText('OK', { timeout: 30_000 });
  come = await hold(page, FIRST);
  await page.reload();
  come();
  await site.answers();
  expect(await site.outputOf('etcdctl get early --print-value-only')).toEqual(['bird']);
});

test('the parts come by themselves when the console is there, and nothing is fetched twice', async ({ site, page }) => {
  const fetched: string[] = [];
  page.on('response', (response) => {
    if (response.url().includes('kubarium-console_')) fetched.push(new URL(response.url()).pathname);
  });
  await site.ready();
  await expect.poll(() => fetched.filter((path) => /_(shell|etcdctl|tools|programs)\.wasm$/.test(path)).length).toBe(4);
  expect(await site.outputOf('printf "b\\na\\n" | sort | tr a-z A-Z')).toEqual(['A', 'B']);
  expect(await site.outputOf('etcdutl version | head -1')).toEqual([expect.stringMatching(/^etcdutl version: 3/)]);
  // What is asked of a part that is here already, beside its programs.
  expect(await site.outputOf('[[ ab =~ a(.) ]]; echo ${BASH_REMATCH[1]}')).toEqual(['b']);
  expect(fetched).toEqual([...new Set(fetched)]);
});

test.describe('when a part does not come', () => {
  // The browser tells of the request that was cut off.
  test.use({ expectedComplaints: [/ERR_FAILED|Failed to load resource/, /uncaught: /] });

  test('only who calls its programs hears of it, and starts again with nothing lost', async ({ site, page }) => {
    await page.route(PART, (route) => route.abort());
    await site.ready();
    expect(await site.outputOf('etcdctl put kept yes')).toEqual(['OK']);
    await site.run('etcdctl get kept | grep -c yes');
    const again = page.getByRole('button', { name: /start again/i });
    await expect(again).toBeVisible({ timeout: 30_000 });
    await page.unroute(PART);
    await again.click();
    await site.answers();
    await expect(site.log).toContainText('grep -c yes');
    expect(await site.outputOf('etcdctl get kept | grep -c yes')).toEqual(['1']);
  });
});
