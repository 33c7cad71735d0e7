// What a terminal has to put up with. After each, the console answers and the cluster still has its data.
import { expect, test } from '../support/site';
import type { Site } from '../support/site';

async function stillThere(site: Site) {
  expect(await site.outputOf('etcdctl get kept', 45_000)).toEqual(['kept', 'yes']);
}

test.beforeEach(async ({ site }) => {
  await site.ready();
  await site.leader();
  expect(await site.outputOf('etcdctl put kept yes')).toEqual(['OK']);
});

test('an unknown command and an unknown flag get the real words', async ({ site }) => {
  expect(await site.outputOf('frobnicate; echo code=$?')).toEqual(['bash: frobnicate: command not found', 'code=127']);
  const flag = await site.outputOf('etcdctl get kept --nonsense; echo code=$?');
  expect(flag[0]).toContain('unknown flag: --nonsense');
  expect(flag.at(-1)).toMatch(/^code=[1-9]/);
  await stillThere(site);
});

test('an open quote continues on the next line until Ctrl-C', async ({ site, page }) => {
  await site.run('echo "never closed');
  await site.run('still open');
  await page.keyboard.press('Control+c');
  await site.answers();
  await stillThere(site);
});

test('an endless loop stays interruptible', async ({ site, page }) => {
  await site.run('while true; do :; done');
  await page.waitForTimeout(500);
  await site.input.press('Control+c');
  await site.answers();
  await stillThere(site);
});

test('an endless loop that prints does not fill the page', async ({ site, page }) => {
  await site.run('while true; do echo spam; done');
  await page.waitForTimeout(3_000);
  await site.input.press('Control+c');
  await site.answers();
  expect((await site.log.innerText()).length).toBeLessThan(5_000_000);
  await stillThere(site);
});

test('a megabyte of pasted text is taken or refused, in time', async ({ site, page }) => {
  const megabyte = 'kubarium '.repeat(116_509);
  await site.input.focus();
  await site.input.evaluate((input, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    // What a browser does with a paste that nobody handles.
    if (input.dispatchEvent(event)) document.execCommand('insertText', false, text);
  }, megabyte);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+c');
  await site.answers();
  await stillThere(site);
});

test('binary input is text to the console', async ({ site }) => {
  await site.run('echo "\u0000\u0001\u001b[31m\ufffd\u202e" <script>alert(1)</script>');
  await site.answers();
  expect(await site.outputOf("echo '<b>not markup</b>'")).toEqual(['<b>not markup</b>']);
  await stillThere(site);
});

test('a request over the limit is refused as etcd refuses it', async ({ site }) => {
  await site.run('v=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do v=$v$v; done');
  const lines = await site.outputOf('echo "$v" | etcdctl put big; echo code=$?', 60_000);
  expect(lines.join('\n')).toMatch(/request is too large|larger than max|too long/);
  await stillThere(site);
});
