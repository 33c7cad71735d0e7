// The cluster seen from inside: Raft's ring and messages, the store key by key, watches.
import type { Page } from '@playwright/test';
import { excess, expect, MEMBERS, test, violations } from '../support/site';

async function view(page: Page, name: 'Diagram' | 'Raft' | 'Keys') {
  await page.getByRole('tablist', { name: 'Cluster views' }).getByRole('tab', { name }).click();
  return page.getByRole('tabpanel', { name });
}

test('the ring shows who leads, and the logs stand side by side', async ({ site, page }) => {
  await site.ready();
  const leader = await site.leader();
  const raft = await view(page, 'Raft');
  expect(await site.leader()).toBe(leader);
  await site.outputOf('etcdctl put greeting hello');
  const logs = raft.getByRole('table', { name: /^Logs side by side/ });
  const entry = logs.getByRole('row').filter({ hasText: 'put greeting' });
  await expect(entry).toContainText(/applied.*applied.*applied/);
  await expect(raft.getByRole('table', { name: `Progress of its peers, as ${leader} sees them` })).toContainText('replicate');
  await expect(raft.getByRole('list', { name: /^What just happened/ })).toContainText('applied up to');
  // The ring's members open the same panels as the diagram's.
  await site.inspect(leader);
});

test('an election whose vote requests are dropped by keys comes to nothing until the next', async ({ site, page }) => {
  await site.ready();
  const leader = await site.leader();
  const raft = await view(page, 'Raft');
  await site.act(leader, 'Kill');
  await page.getByRole('button', { name: 'Close the details' }).click();
  const next = raft.getByRole('button', { name: 'Stop at the next message' });
  const drop = raft.getByRole('button', { name: /^Drop: pre-vote request/ });
  await expect(async () => {
    await next.click();
    await expect(drop.first()).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(raft.getByRole('list', { name: /^What just happened/ })).toContainText('asks for a pre-vote in term 3');
  for (let left = await drop.count(); left > 0; left -= 1) {
    await drop.first().focus();
    await page.keyboard.press('Enter');
    await expect(drop).toHaveCount(left - 1);
  }
  await expect(raft.getByRole('status').filter({ hasText: /^Dropped: pre-vote request/ })).toBeVisible();
  const row = (name: string) => raft.getByRole('table', { name: 'Members' }).getByRole('row', { name: new RegExp(`^${name}`) });
  for (const name of MEMBERS.filter((name) => name !== leader)) await expect(row(name)).toContainText(/candidate|follower/);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await site.leader(MEMBERS.filter((name) => name !== leader));
});

test('a key tells its history with differences, and a lease runs down', async ({ site, page }) => {
  await site.ready();
  await site.leader();
  const spec = (replicas: number) => `'{"kind":"ReplicaSet","spec":{"replicas":${replicas},"paused":false}}'`;
  const key = '/registry/replicasets/default/web';
  await site.outputOf(`etcdctl put ${key} ${spec(1)}; etcdctl put ${key} ${spec(3)}; etcdctl put flat one`);
  const keys = await view(page, 'Keys');
  await keys.getByRole('button', { name: /^replicasets\// }).press('Enter');
  await keys.getByRole('button', { name: /^default\// }).press('Enter');
  await keys.getByRole('button', { name: /^web/ }).press('Enter');
  const change = keys.getByRole('group', { name: 'What revision 3 changed' });
  await expect(change.getByRole('deletion')).toHaveText(/"replicas": 1/);
  await expect(change.getByRole('insertion')).toHaveText(/"replicas": 3/);
  await expect(keys.getByRole('group', { name: 'What revision 2 changed' })).toBeVisible();

  await site.outputOf("id=$(etcdctl lease grant 30 | awk '{print $2}'); etcdctl put lock mine --lease=$id");
  const left = keys.getByRole('progressbar', { name: /^Time left of lease/ });
  const first = Number(await left.getAttribute('value'));
  await expect.poll(async () => Number(await left.getAttribute('value'))).toBeLessThan(first);
  await expect(keys.getByRole('listitem').filter({ hasText: 's left of 30 s' })).toContainText('lock');

  // Another member's store is its own.
  await keys.getByRole('combobox', { name: 'Store of' }).selectOption(MEMBERS[2]);
  await expect(keys).toContainText('only the leader counts it down');
  await keys.getByRole('textbox', { name: 'Keys that begin with' }).fill('fl');
  await expect(keys.getByRole('button', { name: /revision 4/ })).toBeVisible();
  await expect(keys.getByRole('button', { name: /^web/ })).toBeHidden();
});

test('a watch is drawn, and listed at the member', async ({ site, page }) => {
  await site.ready();
  await site.leader();
  await site.run('etcdctl watch --prefix /registry/ &');
  await site.outputOf('etcdctl put /registry/a 1; etcdctl put /registry/b 2');
  await expect(page.getByText('/registry/… · 2 events', { exact: true })).toBeVisible();
  const panel = await site.inspect('etcd-0');
  await expect(panel.getByRole('list', { name: 'Watch streams' })).toContainText('your machine watches /registry/… at etcd-0');
});

test('the views have no violations and fit, also on a phone', async ({ site, page }) => {
  await site.ready('console');
  await site.outputOf('etcdctl put /registry/a one; etcdctl put /registry/a two; etcdctl lease grant 60 > /dev/null');
  await page.goto('cluster');
  const raft = await view(page, 'Raft');
  await site.leader();
  await raft.getByRole('button', { name: 'Stop at the next message' }).click();
  await expect(raft.getByRole('table', { name: /^Logs side by side/ })).toContainText('put /registry/a');
  const keys = await view(page, 'Keys');
  await keys.getByRole('button', { name: /^a/ }).click();
  await expect(keys.getByRole('deletion')).toHaveText(/one/);
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    await page.setViewportSize(viewport);
    for (const name of ['Keys', 'Raft'] as const) {
      await view(page, name);
      expect(await violations(page), `${name}, ${viewport.width} wide`).toEqual([]);
      expect(await excess(page)).toBeLessThanOrEqual(0);
    }
  }
});
