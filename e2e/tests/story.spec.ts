// What a learner does first: read, elect, write, follow, kill, write again.
import { ALL_ENDPOINTS, expect, MEMBERS, test } from '../support/site';

test('a write survives the death of the leader', async ({ site, page }) => {
  await site.ready();
  await expect(page.getByRole('navigation', { name: 'Notes' })).toBeVisible();
  const first = await site.leader();

  expect(await site.outputOf('etcdctl put greeting "Hello, etcd"')).toEqual(['OK']);
  expect(await site.outputOf('etcdctl get greeting')).toEqual(['greeting', 'Hello, etcd']);

  await site.act(first, 'Kill');
  await expect(site.component(first)).toBeVisible();
  const second = await site.leader(MEMBERS.filter((name) => name !== first));
  expect(second).not.toBe(first);

  expect(await site.outputOf(`etcdctl ${ALL_ENDPOINTS} put greeting "Still here"`, 45_000)).toEqual(['OK']);
  await site.act(first, 'Restart');
  await expect.poll(() => site.saysOf(first), { timeout: 30_000 }).toContain('follower');
  expect(await site.outputOf('etcdctl get greeting', 45_000)).toEqual(['greeting', 'Still here']);
});

test('a command is followed as a waterfall, code of a note runs, and every component explains itself', async ({ site, page }) => {
  await site.ready();
  await site.leader();
  await site.outputOf('etcdctl put greeting "Hello, etcd"');
  await page.getByRole('button', { name: /^Follow\b.*put greeting/ }).first().click();
  const waterfall = page.getByRole('region', { name: /^Trace of/ });
  await expect(waterfall).toBeVisible();
  for (const name of MEMBERS) await expect(waterfall).toContainText(name);
  // It has the focus, so Escape leads back to the output.
  await page.keyboard.press('Escape');
  await expect(waterfall).toBeHidden();

  await page.getByRole('navigation', { name: 'Notes' }).getByRole('link', { name: /quick start/i }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(/quick start/i);
  await page.getByRole('button', { name: 'Run in console' }).first().click();
  await expect(site.log).toContainText('etcd-v3.5');

  const nodes = ['controlplane', 'worker1', 'worker2'];
  const parts = ['kubelet', 'kube-proxy', 'container runtime'].flatMap((part) => nodes.map((node) => `${part} ${node}`));
  const alone = ['kube-apiserver', 'kube-scheduler', 'kube-controller-manager'];
  for (const name of [...MEMBERS, ...alone, ...nodes, ...parts]) {
    await expect(site.component(name).first(), name).toBeVisible();
  }
  for (const name of [...MEMBERS, ...alone]) {
    const panel = await site.inspect(name);
    await expect(panel.getByRole('paragraph').first()).toBeVisible();
    await expect(panel.getByRole('link').first()).toBeVisible();
  }
});

test('each member can be paused, cut off and brought back', async ({ site }) => {
  await site.ready();
  const leader = await site.leader();
  const follower = MEMBERS.find((name) => name !== leader) ?? '';

  await site.act(follower, 'Pause');
  await site.act(follower, 'Resume');
  await site.act(leader, 'Cut off');
  // The one cut off may think that it leads for a moment longer; among the others a new one has to come.
  await site.leader(MEMBERS.filter((name) => name !== leader));
  await site.act(leader, 'Reconnect');
  await expect.poll(() => site.saysOf(leader), { timeout: 30_000 }).toContain('follower');
});

test('two members of three gone means no writes, and nothing is lost', async ({ site }) => {
  await site.ready();
  const leader = await site.leader();
  expect(await site.outputOf('etcdctl put kept yes')).toEqual(['OK']);
  for (const name of MEMBERS.filter((name) => name !== leader)) await site.act(name, 'Kill');

  const refused = await site.outputOf(`etcdctl ${ALL_ENDPOINTS} put kept no; echo code=$?`, 45_000);
  expect(refused.at(-1)).toBe('code=1');
  for (const name of MEMBERS.filter((name) => name !== leader)) await site.act(name, 'Restart');
  await site.leader();
  // A write that timed out may still be done later, as with the real one: its outcome is unknown, its loss is not.
  const [, value] = await site.outputOf(`etcdctl ${ALL_ENDPOINTS} get kept`, 45_000);
  expect(['yes', 'no']).toContain(value);
});

test('time can be paused, stepped and played', async ({ site, page }) => {
  await site.ready();
  await site.leader();
  await page.getByRole('button', { name: 'Pause time' }).click();
  await site.run('etcdctl put while paused');
  const play = page.getByRole('button', { name: 'Play', exact: true });
  await expect(play).toBeVisible();
  const before = await site.log.innerText();
  await page.getByRole('button', { name: 'Step', exact: true }).click();
  await page.getByRole('button', { name: 'Step', exact: true }).click();
  expect(before).not.toMatch(/^OK$/m);
  await play.click();
  await expect.poll(() => site.log.innerText()).toMatch(/^OK$/m);
  await page.getByRole('slider', { name: 'Speed' }).focus();
  const speed = await page.getByRole('slider', { name: 'Speed' }).inputValue();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('slider', { name: 'Speed' })).not.toHaveValue(speed);
});
