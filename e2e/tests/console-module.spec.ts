// The console's module comes after the cluster's: what a learner sees and can do meanwhile, and when it does not come.
import { expect, hold, test } from '../support/site';

const MODULE = '**/kubarium-console_bg.wasm';

test('the members elect a leader before the console is there, and what was entered is done when it comes', async ({ site, page }) => {
  const come = await hold(page, MODULE);
  await site.open();
  expect(await site.leader()).toBe('etcd-0');
  await expect(site.input).toHaveAttribute('placeholder', /console is on its way/);
  await site.run('etcdctl put early bird; etcdctl get early');
  await site.act('etcd-2', 'Kill');
  come();
  await expect(site.log).toContainText('bird', { timeout: 30_000 });
  await expect.poll(() => site.saysOf('etcd-2')).toMatch(/stopped/);
});

test.describe('when the console does not come', () => {
  // The browser tells of the request that was cut off.
  test.use({ expectedComplaints: [/ERR_FAILED|Failed to load resource/, /uncaught: /] });

  test('the page says so and offers to start again with nothing lost', async ({ site, page }) => {
    await page.route(MODULE, (route) => route.abort());
    await site.open();
    const again = page.getByRole('button', { name: /start again/i });
    await expect(again).toBeVisible({ timeout: 30_000 });
    await page.unroute(MODULE);
    await again.click();
    await site.answers();
  });
});
