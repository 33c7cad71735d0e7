// The disaster drills as a learner does them: through the console, its terminals and the buttons of the diagram.
import { ALL_ENDPOINTS, expect, test } from '../support/site';

/** Starts a member by hand; its addresses end in these ports. */
function member(name: string, client: number, peer: number, more: string): string {
  const urls = `--listen-client-urls http://127.0.0.1:${client} --advertise-client-urls http://127.0.0.1:${client}`;
  const peers = `--listen-peer-urls http://127.0.0.1:${peer} --initial-advertise-peer-urls http://127.0.0.1:${peer}`;
  return `etcd --name ${name} ${urls} ${peers} ${more}`;
}

test.describe('drills', () => {
  test.setTimeout(120_000);

  test('a terminal of its own for a server, and one to work in', async ({ site, page }) => {
    await site.ready();
    await site.run(member('lone', 12379, 12380, ''));
    await expect(site.log).toContainText('ready to serve client requests', { timeout: 30_000 });
    await page.getByRole('button', { name: 'New terminal' }).click();
    await expect(page.getByRole('tab', { name: 'Terminal 2' })).toHaveAttribute('aria-selected', 'true');
    await expect(site.log).toHaveCount(1);
    expect(await site.outputOf('etcdctl --endpoints=127.0.0.1:12379 put a b')).toEqual(['OK']);
    await page.getByRole('tab', { name: 'Terminal 2' }).press('ArrowLeft');
    await expect(site.log).toContainText('serving client traffic insecurely');
    await site.input.press('Control+c');
    await expect(site.log).toContainText('closed etcd server', { timeout: 20_000 });
    await page.reload();
    await expect(page.getByRole('tab', { name: 'Terminal 2' })).toBeVisible({ timeout: 30_000 });
    await site.answers();
    await expect(site.log).toContainText('closed etcd server');
  });

  test('a snapshot brings a cluster back that has lost its quorum', async ({ site }) => {
    await site.ready();
    await site.leader();
    expect(await site.outputOf('etcdctl put greeting hello')).toEqual(['OK']);
    await site.outputOf('etcdctl snapshot save backup.db');
    for (const name of ['etcd-0', 'etcd-1', 'etcd-2']) await site.act(name, 'Kill');
    const failed = await site.outputOf('etcdctl --command-timeout=1s get greeting 2>&1');
    expect(failed.join('\n')).toContain('context deadline exceeded');
    const cluster = 'a=http://127.0.0.1:2380';
    await site.outputOf(
      `etcdutl snapshot restore backup.db --name a --initial-cluster ${cluster} --initial-advertise-peer-urls ${cluster.slice(2)} --data-dir new.etcd`,
    );
    await site.run(`${member('a', 2379, 2380, `--data-dir new.etcd --initial-cluster ${cluster}`)} 2>etcd.log &`);
    await expect
      .poll(async () => (await site.outputOf('etcdctl --command-timeout=2s get greeting --print-value-only')).at(-1), {
        timeout: 30_000,
      })
      .toBe('hello');
  });

  test('one-way cuts, stopped clocks and slow disks have their buttons', async ({ site }) => {
    await site.ready();
    const leader = await site.leader();
    await site.act(leader, 'Stop the clock');
    const others = ['etcd-0', 'etcd-1', 'etcd-2'].filter((name) => name !== leader);
    await site.leader(others);
    await site.act(leader, 'Start the clock');
    const next = await site.leader();
    await site.act(next, 'Cut outgoing');
    await site.leader(['etcd-0', 'etcd-1', 'etcd-2'].filter((name) => name !== next));
    await site.act(next, 'Reconnect');
    for (const name of ['etcd-0', 'etcd-1', 'etcd-2']) await site.act(name, 'Slow disk');
    await site.run(`time etcdctl ${ALL_ENDPOINTS} put slow disk`);
    await expect(site.log).toContainText(/real\s+0m[1-9]/, { timeout: 30_000 });
    for (const name of ['etcd-0', 'etcd-1', 'etcd-2']) await site.act(name, 'Normal disk');
    expect(await site.outputOf(`etcdctl ${ALL_ENDPOINTS} put quick disk`)).toContain('OK');
  });

  test('a database with zeros in it keeps a member from starting', async ({ site }) => {
    await site.ready();
    await site.act('etcd-1', 'Kill');
    await site.outputOf('dd if=/dev/zero of=/var/lib/etcd/etcd-1.etcd/member/snap/db bs=4096 count=2 2>/dev/null');
    await site.run(member('etcd-1', 22379, 22380, '--data-dir /var/lib/etcd/etcd-1.etcd'));
    await expect(site.log).toContainText('panic: failed to open database', { timeout: 20_000 });
  });
});
