// How the site arrives: addresses, policies, and under a path that is not the root.
import { expect, test } from '../support/site';

test('the policy allows nothing inline and no eval', async ({ site, page }) => {
  const response = await page.goto('');
  const policy = response?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/'unsafe-inline'|'unsafe-eval'/);
  await site.answers();
});

test('the worker is asked for only after the page has painted', async ({ site, page }) => {
  await site.ready();
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
    worker: performance.getEntriesByType('resource').find((entry) => entry.name.includes('/worker-'))?.startTime ?? 0,
  }));
  expect(times.worker).toBeGreaterThan(times.paint);
});

test('an address can be opened directly, and the browser goes back', async ({ site, page }) => {
  await site.open('notes/etcd-quick-start');
  await expect(page.getByRole('heading', { level: 1 })).toContainText(/quick start/i);
  await page.getByRole('link', { name: 'Cluster' }).first().click();
  await expect(page).toHaveURL(/cluster$/);
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(/quick start/i);
});

test('an unknown address says so', async ({ site, page }) => {
  await site.open('notes/no-such-note');
  await expect(page.getByText(/not found|no such|there is no/i).first()).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the notes can be read, and lead to one another', async ({ page }) => {
    await page.goto('notes/quorum-and-raft');
    await expect(page).toHaveTitle(/^Quorum and Raft/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Quorum and Raft');
    await page.getByRole('navigation', { name: 'Notes' }).getByRole('link', { name: 'Leases and locks' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Leases and locks');
    await page.goto('notes');
    await expect(page.getByRole('main').getByRole('link', { name: 'Quorum and Raft' }).first()).toBeVisible();
  });
});

test('a page that came with its text does not fetch it again', async ({ site, page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  await site.ready('notes/quorum-and-raft');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Quorum and Raft');
  expect(fetched.filter((path) => path.includes('content/pages/quorum'))).toEqual([]);
});

test.describe('under a path', () => {
  const elsewhere = process.env.KUBARIUM_BASE_URL;
  test.skip(!elsewhere, 'KUBARIUM_BASE_URL names a build under another path');
  test.use({ baseURL: elsewhere });

  test('the site works where it is put', async ({ site, page }) => {
    await site.ready();
    await page.getByRole('link', { name: 'Notes' }).first().click();
    await expect(page).toHaveURL(`${elsewhere}notes`);
    await page.reload();
    await site.answers();
    await site.leader();
    expect(await site.outputOf('etcdctl put under path')).toEqual(['OK']);
  });
});
