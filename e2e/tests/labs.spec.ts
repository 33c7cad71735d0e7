// Labs: every one is solved through console and diagram as its own solution says; a lab's cluster never costs the
// learner their own; progress stays.
import { button, excess, expect, test, violations, type Site } from '../support/site';
import type { Page } from '@playwright/test';
import { readdirSync, readFileSync } from 'node:fs';

const desk = (page: Page) => page.getByRole('region', { name: 'Your work' });
const verdict = (page: Page) => desk(page).getByRole('status');

/** Starts the lab whose page is open, and waits until its world is prepared. */
async function start(page: Page) {
  await button(page, 'Start the lab').click();
  await expect(button(page, 'Check')).toBeEnabled({ timeout: 60_000 });
}

async function check(page: Page, expected: RegExp) {
  await button(page, 'Check').click();
  await expect(verdict(page)).toHaveText(expected);
}

/** Runs what stands in the console's input, to its end. */
async function runDraft(site: Site) {
  const mark = Math.random().toString(36).slice(2, 10);
  await site.input.fill(`${await site.input.inputValue()}\necho e''${mark}`);
  await site.input.press('Enter');
  await expect(site.log).toContainText(`e${mark}`, { timeout: 60_000 });
}

/** Does what the page's solution says, step by step. */
async function solve(site: Site, page: Page) {
  const solution = page.locator('details.solution');
  await solution.locator('summary').click();
  for (const step of await solution.locator('.typed, .pressed').all()) {
    const pressed = await step.locator('strong').allTextContents();
    if (pressed.length > 0) {
      const [, action, component] = /^(Kill|Stop|Restart|Pause|Resume|Cut off|Reconnect) (.*)$/.exec(pressed[0]) ?? [];
      await site.act(component, action);
    } else {
      await step.getByRole('button', { name: 'Put into the console' }).click();
      await runDraft(site);
    }
  }
}

/** The titles of the labs that begin in a Kubernetes cluster, as their files say. */
function titlesWithKubernetes(): Set<string> {
  const folder = new URL('../../content/labs/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const texts = files.map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const front = texts.map((text) => text.split('---')[1]).filter((front) => /^world: kubernetes$/m.test(front));
  return new Set(front.map((front) => /^title: (.*)$/m.exec(front)?.[1] ?? ''));
}

/** The titles on the list of all labs, in its order; `kubernetes` tells of which world. */
async function titles(site: Site, page: Page, kubernetes: boolean): Promise<string[]> {
  await site.open('labs');
  const known = titlesWithKubernetes();
  // The list that came with the page is drawn anew when the site's code takes over.
  let found: string[] = [];
  await expect(async () => {
    found = await page.locator('.all-labs .cards a').allTextContents();
    expect(found.length).toBeGreaterThanOrEqual(15 + known.size);
  }).toPass();
  return found.filter((title) => known.has(title) === kubernetes);
}

async function openLab(page: Page, title: string) {
  await page.getByRole('navigation', { name: 'Labs' }).getByRole('link', { name: title, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
}

test('every lab of etcd is solved through the console by its own solution', async ({ site, page }) => {
  // Two dozen clusters are started one after another; a busy machine takes its time.
  test.setTimeout(600_000);
  const labs = await titles(site, page, false);
  for (const title of labs) {
    await test.step(title, async () => {
      await openLab(page, title);
      await start(page);
      await check(page, /^Not yet\. \S/);
      await solve(site, page);
      await check(page, /^Solved\./);
      // The next lab asks before this one's work is given up.
      await button(page, 'Leave the lab').click();
      await expect(button(page, 'Start the lab')).toBeEnabled();
    });
  }
  await page.getByRole('link', { name: 'All labs' }).click();
  await expect(page.getByText(new RegExp(`^${labs.length} of \\d+ solved$`))).toBeVisible();
});

test('every lab of Kubernetes is solved through the console by its own solution', async ({ site, page }) => {
  test.setTimeout(600_000);
  const labs = await titles(site, page, true);
  expect(labs.length).toBeGreaterThanOrEqual(15);
  for (const title of labs) {
    await test.step(title, async () => {
      await openLab(page, title);
      // From one lab to the next the worker stays, and with it the modules of Kubernetes. What is solved may go.
      await button(page, 'Start the lab').click();
      await expect(button(page, 'Check')).toBeEnabled({ timeout: 60_000 });
      await expect(page.getByText('Diagram and console now belong to this lab.')).toBeVisible({ timeout: 60_000 });
      // A solution waits for pods and nodes; nobody has to watch that in real time.
      await page.getByRole('slider', { name: 'Speed' }).fill('15');
      await check(page, /^Not yet\. \S/);
      await solve(site, page);
      await check(page, /^Solved\./);
    });
  }
  await page.getByRole('link', { name: 'All labs' }).click();
  await expect(page.getByText(new RegExp(`^${labs.length} of \\d+ solved$`))).toBeVisible();
});

test('a block of a note that needs Kubernetes offers to begin such a cluster, and runs there once its nodes are ready', async ({ site, page }) => {
  await site.ready('notes/cluster-architecture');
  const block = page.locator('.run').filter({ hasText: 'kubectl get nodes' });
  await block.getByRole('button', { name: 'Run in console' }).click();
  await expect(block.getByRole('status')).toContainText('Kubernetes cluster');
  await button(page, 'Begin a Kubernetes cluster').click();
  await expect(block.getByRole('button', { name: 'Run in console' })).toBeFocused();
  await expect(block.getByRole('status')).toContainText('once');
  for (const node of ['controlplane', 'worker1', 'worker2']) {
    await expect(site.log).toContainText(new RegExp(`${node} +Ready`), { timeout: 60_000 });
  }
  expect(await site.log.innerText()).not.toContain('No resources found');
  await expect(block.getByRole('status')).toBeHidden();
});

test('a lab leaves the learner their own cluster, and a reload leaves them the lab', async ({ site, page }) => {
  await site.ready('labs/first-steps');
  await site.outputOf('etcdctl put mine yes');
  await start(page);
  expect(await site.outputOf('etcdctl get mine')).toEqual([]);
  await site.outputOf('etcdctl put /pay/currency EUR');

  await page.reload();
  await expect(button(page, 'Check')).toBeEnabled({ timeout: 60_000 });
  await check(page, /Not yet\. .*retries/);
  expect(await site.outputOf('etcdctl get /pay/currency')).toEqual(['/pay/currency', 'EUR']);

  await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Notes' }).click();
  await expect(page.getByRole('region', { name: 'The lab you are at' })).toContainText('First steps');
  await button(page, 'Leave the lab').click();
  await site.answers();
  expect(await site.outputOf('etcdctl get mine')).toEqual(['mine', 'yes']);
});

test('an input is undone, and work is given up only when asked twice', async ({ site, page }) => {
  await site.open('labs/first-steps');
  await start(page);
  await site.answers();
  await site.run('etcdctl put /pay/currency EUR; etcdctl put /pay/retries 3');
  await expect(site.log).toContainText('OK');
  await check(page, /^Solved/);
  await button(page, 'Undo').click();
  await expect(button(page, 'Check')).toBeEnabled();
  await check(page, /^Not yet/);

  await button(page, 'Start over').click();
  await expect(page.getByText('will be lost')).toBeVisible();
  await button(page, 'Yes, give it up').click();
  await expect(button(page, 'Start over')).toBeEnabled({ timeout: 60_000 });
  await expect(verdict(page)).toBeEmpty();
});

test('hints come one by one, and the solution is put into the console unrun', async ({ site, page }) => {
  await site.ready('labs/first-steps');
  await start(page);
  await check(page, /^Not yet/);
  const hints = page.locator('.hints li');
  const count = await hints.count();
  for (let shown = 0; shown < count; shown++) {
    await expect(page.locator('.hints li:visible')).toHaveCount(shown);
    await page.getByRole('button', { name: /hint/ }).click();
  }
  await expect(page.locator('.hints li:visible')).toHaveCount(count);
  await page.getByText('Solution', { exact: true }).click();
  await page.getByRole('button', { name: 'Put into the console' }).first().click();
  await expect(site.input).toBeFocused();
  await expect(site.input).toHaveValue(/etcdctl put \/pay\/currency EUR/);
  expect(await site.log.innerText()).not.toContain('/pay/currency');
  expect(await violations(page)).toEqual([]);
});

test('progress is taken along as a file, and other files are refused in words', async ({ site, page }) => {
  await site.open('labs/watch');
  await start(page);
  await site.open('labs');
  await expect(page.getByText('Started', { exact: true })).toHaveCount(1);
  const download = page.waitForEvent('download');
  await button(page, 'Export').click();
  expect((await download).suggestedFilename()).toBe('kubarium-progress.txt');

  const taken = page.getByRole('region', { name: 'Your progress' });
  const give = (name: string, text: string | Buffer) =>
    taken.getByLabel('Import').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  await give('other.txt', '{"solved": true}');
  await expect(taken.getByRole('status')).toContainText('not taken: it is not a file of progress');
  await give('large.txt', Buffer.alloc(200_000, 'x'));
  await expect(taken.getByRole('status')).toContainText('not taken: it is larger');
  await give('progress.txt', 'kubarium-progress 1\nsolved first-steps\nstarted ranges\n');
  await expect(taken.getByRole('status')).toContainText('2 labs');
  await expect(page.getByText('Solved', { exact: true })).toHaveCount(1);
  await page.reload();
  await expect(page.getByText('Started', { exact: true })).toHaveCount(2);
  await site.open('labs/no-such-lab');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such page');
});

test('a lab is worked with the keyboard alone', async ({ site, page }) => {
  await site.ready('labs/first-steps');
  await button(page, 'Start the lab').focus();
  await page.keyboard.press('Enter');
  await expect(button(page, 'Check')).toBeEnabled({ timeout: 60_000 });
  await expect(button(page, 'Start over')).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(button(page, 'Check')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(verdict(page)).toHaveText(/^Not yet/);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('a lab fits the screen and is solved', async ({ site, page }) => {
    await site.open('labs');
    await expect(page.getByRole('heading', { level: 1, name: 'Labs' })).toBeVisible();
    expect(await excess(page)).toBeLessThanOrEqual(0);
    await page.getByRole('link', { name: 'First steps' }).last().tap();
    await start(page);
    expect(await excess(page)).toBeLessThanOrEqual(0);
    await page.getByText('Solution', { exact: true }).tap();
    await page.getByRole('button', { name: 'Put into the console' }).first().tap();
    await runDraft(site);
    await page.getByRole('tab', { name: 'Notes' }).tap();
    await check(page, /^Solved/);
  });
});
