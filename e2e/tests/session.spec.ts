// The session is a seed and an input log: reloading replays it; a broken one is refused in words.
import { expect, MEMBERS, test } from '../support/site';

test('reloading restores cluster, console and faults', async ({ site, page }) => {
  await site.ready();
  const leader = await site.leader();
  const victim = MEMBERS.find((name) => name !== leader && name !== 'etcd-0') ?? '';
  await site.outputOf('etcdctl put remembered yes');
  await site.outputOf('colour=blue');
  await site.act(victim, 'Kill');
  await expect.poll(() => site.saysOf(victim)).not.toContain('follower');

  await page.reload();
  await site.answers();
  await expect(site.log).toContainText('etcdctl put remembered yes');
  expect(await site.outputOf('etcdctl get remembered')).toEqual(['remembered', 'yes']);
  expect(await site.outputOf('echo $colour')).toEqual(['blue']);
  expect(await site.leader()).toBe(leader);
  expect(await site.saysOf(victim)).not.toContain('follower');
});

test('a stored session that is none is refused in words, and the cluster starts', async ({ site, page }) => {
  await site.ready();
  for (const [what, stored] of [
    ['no session', '{"not":"a session"}'],
    ['bytes of another thing', btoa('\xff'.repeat(4096))],
    ['far too much', 'A'.repeat(4_000_000)],
  ]) {
    await test.step(what, async () => {
      // A page that is left writes its session down; this one is planted after that.
      await page.evaluate((text) => addEventListener('pagehide', () => localStorage.setItem('kubarium.session', text)), stored);
      await page.reload();
      await expect(page.getByRole('status').filter({ hasText: /session could not be read/ })).toBeVisible();
      await site.answers();
      await site.leader();
      expect(await site.outputOf('etcdctl put after damage')).toEqual(['OK']);
    });
  }
});

test.describe('when the worker dies', () => {
  test.use({ expectedComplaints: [/planned/] });

  test('the page says so, and starting again loses nothing', async ({ site, page }) => {
    await site.ready();
    await site.leader();
    await site.outputOf('etcdctl put before crash');
    await page.workers()[0].evaluate(() => {
      setTimeout(() => {
        throw new Error('a planned crash');
      }, 0);
    });
    const alert = page.getByRole('alert').filter({ hasText: /stopped|crash|died|simulation/i });
    await expect(alert.first()).toBeVisible();
    await page.getByRole('button', { name: /start(ing)? (it )?again|restart the/i }).first().click();
    await site.answers();
    expect(await site.outputOf('etcdctl get before')).toEqual(['before', 'crash']);
  });
});

test.describe('when the worker does not come', () => {
  test.use({ expectedComplaints: [/Failed to load|ERR_FAILED|wasm|fetch/i] });

  test('the page says so, and the notes can be read', async ({ site, page }) => {
    for (const [what, file, body] of [
      ['its script is missing', 'start-worker.js'],
      ['the script of its module is missing', 'kubarium-worker.js'],
      ['its module is missing', 'kubarium-worker_bg.wasm'],
      ['its module is damaged', 'kubarium-worker_bg.wasm', 'no module'],
    ]) {
      await test.step(`because ${what}`, async () => {
        await page.route(`**/worker-*/${file}`, (route) =>
          body ? route.fulfill({ contentType: 'application/wasm', body }) : route.abort(),
        );
        await site.open();
        const alert = page.getByRole('alert').filter({ hasText: 'The cluster could not be started' });
        await expect(alert).toBeVisible({ timeout: 30_000 });
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await page.unrouteAll();
      });
    }
  });
});
