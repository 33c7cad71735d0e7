// Another cluster: chosen by the learner, other in kind, and still there after a reload.
import { button, excess, expect, newCluster, tabTo, test, violations, type Site } from '../support/site';
import type { Page } from '@playwright/test';

const dialog = (page: Page) => page.getByRole('dialog', { name: 'New cluster' });
const nobody = (page: Page) => page.locator('#view-diagram').getByText('No etcd runs here yet.');

/** Begins another cluster by the pointer, and waits until its console answers. */
async function begin(site: Site, page: Page, world: RegExp) {
  await newCluster(page, world);
  await site.answers();
}

test('another cluster is begun by keys alone, and the old one can be downloaded', async ({ site, page }) => {
  await site.ready();
  await site.outputOf('etcdctl put mine yes');
  await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Console' }).focus();
  await tabTo(page, 'New cluster');
  await page.keyboard.press('Enter');
  await expect(dialog(page).getByRole('radio', { name: /^Three/ })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  await expect(button(page, 'New cluster')).toBeFocused();
  expect(await site.outputOf('etcdctl get mine')).toEqual(['mine', 'yes']);

  await button(page, 'New cluster').focus();
  await page.keyboard.press('Enter');
  await expect(dialog(page).getByRole('radio', { name: /^Three/ })).toBeChecked();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(button(page, 'New cluster')).toBeFocused();
  await site.answers();
  await site.leader(['etcd-0', 'etcd-1', 'etcd-2', 'etcd-3', 'etcd-4']);
  expect(await site.outputOf('etcdctl get mine')).toEqual([]);

  const download = page.waitForEvent('download');
  await button(page, 'Download the old session').click();
  expect((await download).suggestedFilename()).toBe('kubarium-session.txt');
});

test('on a bare machine the quick start brings the first member', async ({ site, page }) => {
  await site.ready('notes/etcd-quick-start');
  await begin(site, page, /^A bare machine/);
  await expect(nobody(page)).toBeVisible();
  await expect(site.component('etcd-0')).toHaveCount(0);
  await page.getByRole('tab', { name: 'Keys', exact: true }).click();
  await expect(page.getByRole('tabpanel', { name: 'Keys' })).toContainText('Start one in the console.');
  await page.getByRole('tab', { name: 'Diagram', exact: true }).click();
  await expect(site.log).not.toContainText('etcdutl');

  await button(page, 'Run in console').first().click();
  await expect(site.log).toContainText('etcd-v3.5.30-linux-amd64/etcdutl');
  await expect(page.getByText('it counts on three etcd members')).toBeVisible();
  await site.answers();
  await site.run('cd etcd-v3.5.30-linux-amd64');
  await site.run('./etcd');
  expect(await site.leader(['default'])).toBe('default');
  await expect(nobody(page)).toHaveCount(0);
  await button(page, 'New terminal').click();
  expect(await site.outputOf('etcdctl put greeting hello')).toEqual(['OK']);

  await page.reload();
  expect(await site.leader(['default'])).toBe('default');
  await page.getByRole('tab', { name: 'Terminal 2' }).click();
  expect(await site.outputOf('etcdctl get greeting --print-value-only')).toEqual(['hello']);
});

test('on a control plane etcd is a static pod that asks for its certificates', async ({ site, page }) => {
  const tls =
    '--cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key';
  await site.ready();
  await begin(site, page, /^A kubeadm control plane/);
  await site.leader(['etcd controlplane']);
  expect(await site.outputOf('ls /etc/kubernetes/manifests')).toEqual(['etcd.yaml']);
  expect(await site.outputOf(`etcdctl --endpoints=https://127.0.0.1:2379 ${tls} put greeting hello`)).toEqual(['OK']);
  await site.outputOf('etcdctl --command-timeout=1s get greeting; echo code $?');
  await expect(site.log).toContainText('code 1');

  // The member is called like its node, and yet it is another component.
  const member = await site.inspect('etcd controlplane');
  await expect(member.getByRole('button', { name: 'Kill', exact: true })).toBeVisible();
  await site.component('controlplane').click();
  const node = page.getByRole('region', { name: 'controlplane details', exact: true });
  await expect(node).toContainText('control plane');
  await expect(node.getByRole('button', { name: 'Kill', exact: true })).toHaveCount(0);

  await page.reload();
  await site.answers();
  await site.leader(['etcd controlplane']);
  expect(await site.outputOf(`etcdctl --endpoints=https://127.0.0.1:2379 ${tls} get greeting --print-value-only`)).toEqual(['hello']);
  await site.run('mv /etc/kubernetes/manifests/etcd.yaml /root/');
  await expect.poll(() => site.saysOf('etcd controlplane'), { timeout: 30_000 }).toContain('stopped');
});

test('an untouched world of another kind is there after a reload, without violations', async ({ site, page }) => {
  await site.ready();
  await newCluster(page, /^A bare machine/);
  await expect(nobody(page)).toBeVisible();
  await page.reload();
  await expect(nobody(page)).toBeVisible();
  expect(await violations(page), 'a bare machine').toEqual([]);
  await button(page, 'New cluster').click();
  await expect(page.getByRole('radio', { name: /^A bare machine/ })).toBeChecked();
  expect(await violations(page), 'the choice').toEqual([]);
});

test('a lab begins again by its own button only', async ({ site, page }) => {
  await site.ready('labs/first-steps');
  await expect(button(page, 'New cluster')).toBeVisible();
  await button(page, 'Start the lab').click();
  await expect(button(page, 'Start over')).toBeVisible();
  await expect(button(page, 'New cluster')).toBeHidden();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the choice fits the screen', async ({ site, page }) => {
    await site.open('cluster');
    await button(page, 'New cluster').tap();
    await expect(button(page, 'Start')).toBeInViewport();
    await page.getByRole('radio', { name: /^A kubeadm/ }).tap();
    expect(await excess(page)).toBeLessThanOrEqual(0);
    await button(page, 'Start').tap();
    await site.leader(['etcd controlplane']);
  });
});
