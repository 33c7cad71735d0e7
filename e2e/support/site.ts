// The site as a person uses it: by roles and names only, which are the contract between the page and these tests.
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Locator, type Page } from '@playwright/test';

export const MEMBERS = ['etcd-0', 'etcd-1', 'etcd-2'];
export const ALL_ENDPOINTS = '--endpoints=127.0.0.1:2379,127.0.0.1:22379,127.0.0.1:32379';

export class Site {
  readonly input: Locator;
  readonly log: Locator;

  constructor(readonly page: Page) {
    this.input = page.getByRole('textbox', { name: 'Console input' });
    this.log = page.getByRole('log', { name: 'Console output' });
  }

  /** Opens a route; the path is relative to where the site is served. */
  async open(path = '') {
    await this.page.goto(path);
  }

  /** Opens a route and waits until the console answers. */
  async ready(path = '') {
    await this.open(path);
    await this.answers();
  }

  /** The console takes a command and answers it. The quotes keep the command itself from looking like its output. */
  async answers(mark = `ready-${Math.random().toString(36).slice(2, 8)}`) {
    await expect(this.input).toBeEditable({ timeout: 30_000 });
    await this.run(`echo ${mark.slice(0, 3)}''${mark.slice(3)}`);
    await expect(this.log).toContainText(mark, { timeout: 30_000 });
  }

  /** Types a command and sends it; does not wait for its end. */
  async run(command: string) {
    await this.input.fill(command);
    await this.input.press('Enter');
  }

  /** Runs a command to its end and returns what it wrote, as lines. */
  async outputOf(command: string, timeout = 30_000): Promise<string[]> {
    const mark = Math.random().toString(36).slice(2, 10);
    await this.run(`echo b''${mark}; ${command}; echo e''${mark}`);
    await expect(this.log).toContainText(`e${mark}`, { timeout });
    const lines = (await this.log.innerText()).split('\n').map((line) => line.trimEnd());
    // Blank lines at the edges are the layout's business, not the command's.
    const between = lines.slice(lines.indexOf(`b${mark}`) + 1, lines.indexOf(`e${mark}`));
    return between.filter((line) => line !== '');
  }

  /** The button of a component on the diagram. */
  component(name: string): Locator {
    return this.page.getByRole('button', { name: new RegExp(`^${escaped(name)}(?![\\w-])`) });
  }

  /** Opens the panel of a component. */
  async inspect(name: string): Promise<Locator> {
    const panel = this.page.getByRole('region', { name: `${name} details` });
    if (!(await panel.isVisible())) await this.component(name).click();
    await expect(panel).toBeVisible();
    return panel;
  }

  /** Does something to a component, by the button in its panel. */
  async act(name: string, action: string) {
    const panel = await this.inspect(name);
    await panel.getByRole('button', { name: action, exact: true }).click();
  }

  /** What a component's button says beyond its name: role and state. */
  async saysOf(name: string): Promise<string> {
    return this.component(name).evaluate((button) => {
      const ids = (button.getAttribute('aria-describedby') ?? '').split(/\s+/);
      const described = ids.map((id) => document.getElementById(id)?.textContent ?? '');
      const words = [button.getAttribute('aria-label'), button.getAttribute('aria-description'), ...described];
      return words.concat(button.textContent).join(' ').toLowerCase();
    });
  }

  /** Waits until exactly one of the members says it leads, and returns its name. */
  async leader(among = MEMBERS): Promise<string> {
    let leaders: string[] = [];
    await expect
      .poll(
        async () => {
          const said = await Promise.all(among.map((name) => this.saysOf(name)));
          leaders = among.filter((_, at) => /\bleader\b/.test(said[at]));
          return leaders.length;
        },
        { timeout: 30_000, message: 'one member leads' },
      )
      .toBe(1);
    return leaders[0];
  }
}

/** The button of exactly this name. */
export function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true });
}

/** Opens a world from the dialog of all worlds; does not wait for it. */
export async function newCluster(page: Page, world: RegExp) {
  await button(page, 'New cluster').click();
  const dialog = page.getByRole('dialog', { name: 'New cluster' });
  await dialog.getByRole('radio', { name: world }).check();
  await button(page, 'Start').click();
  await expect(dialog).toBeHidden();
}

/** Holds up what is asked for at such an address, until the function that comes back is called. */
export async function hold(page: Page, address: string | RegExp): Promise<() => void> {
  let come = () => {};
  const gate = new Promise<void>((resolve) => (come = resolve));
  await page.route(address, async (route) => {
    await gate;
    await route.continue();
  });
  return come;
}

/** By how much the page is wider than the screen. */
export function excess(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/**
 * What axe finds wrong with the page, or with a part of it, light and dark. The two looks differ in colours alone, so what
 * has to do with colours is looked at twice, and the rest once.
 */
export async function violations(page: Page, part?: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    // Colours change at once, or axe would see one on its way.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // There are no frames, for which axe would open a page of its own each time; and of what is right nothing is told.
    const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
    if (part) axe.include(part);
    if (colorScheme === 'dark') axe.withRules(['color-contrast', 'link-in-text-block']);
    const { violations } = await axe.analyze();
    const places = (nodes: { target: unknown[] }[]) => nodes.map((node) => node.target.join(' ')).join(', ');
    found.push(...violations.map((one) => `${colorScheme}: ${one.id}: ${places(one.nodes)}`));
  }
  return found;
}

/** Presses Tab until the focused element is a `role` whose name begins so. */
export async function tabTo(page: Page, name: string, key = 'Tab', most = 200) {
  for (let pressed = 0; pressed < most; pressed += 1) {
    await page.keyboard.press(key);
    const label = await page.evaluate(() => {
      const focused = document.activeElement;
      return focused?.getAttribute('aria-label') ?? focused?.textContent?.trim() ?? '';
    });
    if (label.startsWith(name)) return;
  }
  throw new Error(`${most} times ${key} did not reach ${name}`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

interface Fixtures {
  site: Site;
  /** Complaints of the page a test expects, as patterns; all others fail it. */
  expectedComplaints: RegExp[];
}

/** Every test fails on an uncaught error, an error in the browser's console (broken policies included) or a request elsewhere. */
export const test = base.extend<Fixtures>({
  expectedComplaints: [[], { option: true }],
  site: async ({ page, baseURL, expectedComplaints }, use) => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const there = new URL(request.url());
      if (there.protocol.startsWith('http') && there.origin !== new URL(baseURL ?? '').origin) {
        complaints.push(`request to ${there.origin}`);
      }
    });
    await use(new Site(page));
    const unexpected = complaints.filter((complaint) => !expectedComplaints.some((pattern) => pattern.test(complaint)));
    expect(unexpected).toEqual([]);
  },
});

export { expect };
