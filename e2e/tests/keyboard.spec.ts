// Everything without a mouse.
import { expect, MEMBERS, tabTo, test } from '../support/site';

test('a skip link leads to the console, and Shift+Tab out of it', async ({ site, page }) => {
  await site.ready();
  await site.input.blur();
  await site.open();
  await tabTo(page, 'Skip to the console');
  await page.keyboard.press('Enter');
  await expect(site.input).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(site.input).not.toBeFocused();
});

test('a member is killed and restarted by keys alone', async ({ site, page }) => {
  await site.ready();
  const leader = await site.leader();
  const member = MEMBERS.find((name) => name !== leader) ?? '';
  await page.keyboard.press('Shift+Tab');
  await tabTo(page, member, 'Shift+Tab');
  await page.keyboard.press('Enter');
  const panel = page.getByRole('region', { name: `${member} details` });
  await expect(panel).toBeVisible();
  for (const action of ['Kill', 'Restart']) {
    const button = panel.getByRole('button', { name: action, exact: true });
    await expect(button).toBeEnabled();
    await button.focus();
    await page.keyboard.press('Enter');
    // The button is gone with the state it was for; who works by keys must not be thrown back to the page's top.
    await expect(button).toBeHidden();
    await expect(panel.locator(':focus')).toHaveCount(1);
  }
  await expect.poll(() => site.saysOf(member), { timeout: 30_000 }).toContain('follower');
});

test('the line is edited as in a terminal', async ({ site, page }) => {
  await site.ready('console');
  await site.input.focus();
  await page.keyboard.type('echo one two');
  await page.keyboard.press('Control+w');
  await expect(site.input).toHaveValue('echo one ');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('x');
  await expect(site.input).toHaveValue('xecho one ');
  await page.keyboard.press('Control+e');
  await page.keyboard.type('y');
  await expect(site.input).toHaveValue('xecho one y');
  await page.keyboard.press('Control+u');
  await expect(site.input).toHaveValue('');
});

test('history, completion and a clean screen', async ({ site, page }) => {
  await site.ready('console');
  await site.outputOf('echo first');
  await site.input.focus();
  await page.keyboard.press('ArrowUp');
  await expect(site.input).toHaveValue(/echo first/);
  await page.keyboard.press('ArrowDown');
  await expect(site.input).toHaveValue('');
  await page.keyboard.type('etcdctl endp');
  await page.keyboard.press('Tab');
  await expect(site.input).toHaveValue(/^etcdctl endpoint ?$/);
  await expect(site.input).toBeFocused();
  await page.keyboard.press('Control+u');
  await page.keyboard.press('Control+l');
  await expect(site.log).not.toContainText('first');
});

test('Ctrl-C ends what runs and leaves the line', async ({ site, page }) => {
  await site.ready('console');
  await site.run('etcdctl watch key');
  await page.keyboard.press('Control+c');
  await site.answers();
  await page.keyboard.type('half a comm');
  await page.keyboard.press('Control+c');
  await expect(site.input).toHaveValue('');
  await site.answers();
});
