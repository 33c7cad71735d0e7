// What a terminal has to put up with. After each, the console answers and the cluster still has its data.
import { expect, test } from '../support/site';
import type { Page } from '@playwright/test';
import type { Site } from '../support/site';

interface Mishap {
  what: string;
  happens: (site: Site, page: Page) => Promise<void>;
}

const MISHAPS: Mishap[] = [
  {
    what: 'an unknown command and an unknown flag get the real words',
    happens: async (site) => {
      const words = ['bash: frobnicate: command not found', 'code=127'];
      expect(await site.outputOf('frobnicate; echo code=$?')).toEqual(words);
      const flag = await site.outputOf('etcdctl get kept --nonsense; echo code=$?');
      expect(flag[0]).toContain('unknown flag: --nonsense');
      expect(flag.at(-1)).toMatch(/^code=[1-9]/);
    },
  },
  {
    what: 'an open quote continues on the next line until Ctrl-C',
    happens: async (site, page) => {
      await site.run('echo "never closed');
      await site.run('still open');
      await page.keyboard.press('Control+c');
    },
  },
  {
    what: 'binary input is text to the console',
    happens: async (site) => {
      await site.run('echo "\u0000\u0001\u001b[31m\ufffd\u202e" <script>alert(1)</script>');
      await site.answers();
      expect(await site.outputOf("echo '<b>not markup</b>'")).toEqual(['<b>not markup</b>']);
    },
  },
  {
    what: 'a request over the limit is refused as etcd refuses it',
    happens: async (site) => {
      await site.run('v=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do v=$v$v; done');
      const lines = await site.outputOf('echo "$v" | etcdctl put big; echo code=$?', 60_000);
      expect(lines.join('\n')).toMatch(/request is too large|larger than max|too long/);
    },
  },
  {
    what: 'a megabyte of pasted text is taken or refused, in time',
    happens: async (site, page) => {
      await site.input.focus();
      await site.input.evaluate((input, text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', text);
        const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
        // What a browser does with a paste that nobody handles.
        if (input.dispatchEvent(event)) document.execCommand('insertText', false, text);
      }, 'kubarium '.repeat(116_509));
      await page.keyboard.press('Enter');
      await page.keyboard.press('Control+c');
    },
  },
  {
    what: 'an endless loop stays interruptible',
    happens: async (site, page) => {
      await site.run('echo be""gun; while true; do :; done');
      await expect(site.log).toContainText('begun');
      await page.keyboard.press('Control+c');
    },
  },
  {
    what: 'an endless loop that prints does not fill the page',
    happens: async (site, page) => {
      await site.run('while true; do echo spam; done');
      // As many as one can scroll back to.
      await expect.poll(() => site.log.locator('.line').count(), { timeout: 30_000 }).toBeGreaterThanOrEqual(2_000);
      await page.keyboard.press('Control+c');
      await site.answers();
      expect((await site.log.innerText()).length).toBeLessThan(5_000_000);
    },
  },
];

test('the console puts up with anything', async ({ site, page }) => {
  await site.ready();
  await site.leader();
  expect(await site.outputOf('etcdctl put kept yes')).toEqual(['OK']);
  for (const { what, happens } of MISHAPS) {
    await test.step(what, async () => {
      await happens(site, page);
      await site.answers();
      expect(await site.outputOf('etcdctl get kept', 45_000)).toEqual(['kept', 'yes']);
    });
  }
});
