// A Kubernetes cluster: begun by the learner, alive on the diagram, and told of in the panels.
import { button, excess, expect, newCluster, tabTo, test, violations, type Site } from '../support/site';
import type { Page } from '@playwright/test';

const NODES = ['controlplane', 'worker1', 'worker2'];
const pods = (page: Page, name: string, phase: string) =>
  page.getByRole('button', { name: new RegExp(`^pod default/${name}[\\w-]*, ${phase}$`) });

/** Begins the cluster and waits until all of its nodes are ready, and its controllers have begun to work. */
async function begin(site: Site, page: Page, path = '') {
  await site.open(path);
  await newCluster(page, /^Kubernetes/);
  // A cluster takes its time to set itself up; nobody has to watch that.
  const speed = page.getByRole('slider', { name: 'Speed' });
  await expect(speed).toBeEnabled({ timeout: 60_000 });
  const usual = await speed.inputValue();
  await speed.fill('12');
  for (const node of NODES) {
    await expect.poll(() => node_says(page, node), { timeout: 60_000 }).toMatch(/node, ready$/);
  }
  // Before the service account of a namespace is there, pods are refused; a Deployment's pods come after it.
  const coredns = page.getByRole('button', { name: /^pod kube-system\/coredns-[\w-]+, Running$/ });
  await expect(coredns).toHaveCount(2, { timeout: 60_000 });
  await speed.fill(usual);
}

/** What the node's button says beyond its name. */
async function node_says(page: Page, node: string): Promise<string> {
  const described = page.locator(`#view-diagram [data-component="node ${node}"] > desc`);
  return ((await described.textContent()) ?? '').toLowerCase();
}

test('a deployment becomes pods on the diagram, and a dead kubelet a node that is not ready, without violations', async ({ site, page }) => {
  await begin(site, page);
  await site.answers();
  const nodes = await site.outputOf('kubectl get nodes');
  for (const node of NODES) expect(nodes.join('\n')).toMatch(new RegExp(`^${node}\\s+Ready\\s`, 'm'));

  expect(await site.outputOf('kubectl create deployment web --image=nginx --replicas=3')).toEqual([
    'deployment.apps/web created',
  ]);
  await expect(pods(page, 'web', 'Running')).toHaveCount(3, { timeout: 60_000 });
  const pod = pods(page, 'web', 'Running').first();
  const name = ((await pod.getAttribute('aria-label')) ?? '').replace(/, Running$/, '');
  await pod.click();
  const panel = page.getByRole('region', { name: `${name} details`, exact: true });
  await expect(panel).toContainText('Running');
  await expect(panel).toContainText(/worker[12]/);
  await expect(panel).toContainText(/10\.244\.[12]\.\d+/);
  await expect(panel).toContainText('nginx');
  await expect(panel.getByRole('button', { name: 'Kill', exact: true })).toHaveCount(0);
  await panel.getByRole('button', { name: 'Close the details' }).click();
  await expect(pod).toBeFocused();

  await site.act('kubelet worker1', 'Stop');
  await expect.poll(() => site.saysOf('kubelet worker1')).toContain('stopped');
  await page.getByRole('slider', { name: 'Speed' }).fill('12');
  await expect.poll(() => node_says(page, 'worker1'), { timeout: 90_000 }).toContain('notready');
  await expect.poll(async () => (await site.outputOf('kubectl get nodes')).join('\n')).toMatch(/^worker1\s+NotReady\s/m);
  // Pods, a node that is not ready, a component that stands still and an open panel: all that is drawn.
  await site.act('kube-scheduler', 'Stop');
  expect(await violations(page)).toEqual([]);
  await site.act('kube-scheduler', 'Restart');
  await site.act('kubelet worker1', 'Restart');
  await expect.poll(() => node_says(page, 'worker1'), { timeout: 60_000 }).toMatch(/node, ready$/);
});

test('its modules are fetched for it alone, what was done is there after a reload, and etcd comes back with its own', async ({ site, page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  const modules = () => fetched.filter((url) => url.includes('-kubernetes'));
  await site.ready();
  expect(modules()).toEqual([]);
  await begin(site, page);
  expect(modules().some((url) => url.endsWith('kubarium-worker-kubernetes_bg.wasm'))).toBe(true);
  await site.answers();
  await site.outputOf('kubectl run lone --image=nginx');
  await expect(pods(page, 'lone', 'Running')).toHaveCount(1, { timeout: 60_000 });
  await page.reload();
  await expect(pods(page, 'lone', 'Running')).toHaveCount(1, { timeout: 60_000 });

  await button(page, 'New cluster').click();
  await expect(page.getByRole('radio', { name: /^Kubernetes/ })).toBeChecked();
  await page.getByRole('radio', { name: /^Three etcd members/ }).check();
  await button(page, 'Start').click();
  await site.answers();
  await site.leader();
  await expect(pods(page, 'lone', 'Running')).toHaveCount(0);
  expect(await site.outputOf('kubectl; echo code $?')).toContain('code 127');
});

test('a component is cut off and connected again by keys alone', async ({ site, page }) => {
  await begin(site, page);
  await button(page, 'Share').focus();
  await tabTo(page, 'kube-scheduler');
  await page.keyboard.press('Enter');
  const panel = page.getByRole('region', { name: 'kube-scheduler details' });
  await expect(panel.getByRole('button', { name: 'Cut off', exact: true })).toBeVisible();
  for (const [action, state] of [
    ['Cut off', 'cut off'],
    ['Reconnect', 'running'],
    ['Pause', 'paused'],
    ['Resume', 'running'],
    ['Stop', 'stopped'],
    ['Restart', 'running'],
    // The kubelet starts it again.
    ['Kill', 'running'],
  ]) {
    await panel.getByRole('button', { name: action, exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => site.saysOf('kube-scheduler'), { message: action }).toContain(state);
  }
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the cluster fits the screen, and a pod is opened by a tap', async ({ site, page }) => {
    await begin(site, page, 'cluster');
    await page.getByRole('tab', { name: 'Console', exact: true }).tap();
    await site.answers();
    await site.outputOf('kubectl create deployment web --image=nginx --replicas=2');
    await page.getByRole('tab', { name: 'Cluster', exact: true }).tap();
    await expect(pods(page, 'web', 'Running')).toHaveCount(2, { timeout: 60_000 });
    expect(await excess(page)).toBeLessThanOrEqual(0);
    await pods(page, 'web', 'Running').first().tap();
    await expect(page.getByRole('region', { name: /^pod default\/web-.* details$/ })).toContainText('Running');
  });
});
