// Inside another site's page: the cluster without what is around it here, and a way here with all that was done.
import { button, expect, test } from '../support/site';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FrameLocator, Page } from '@playwright/test';

// The other site is a server of its own: the browser refuses a page that comes from nowhere what lies on this machine.
test.use({ expectedComplaints: [/^request to http:\/\/127\.0\.0\.1:\d+$/] });

let elsewhere: Server;
let shown = '';

test.beforeAll(async () => {
  elsewhere = createServer((_, reply) => {
    const frame = `<iframe src="${shown}" width="720" height="620" title="cluster"></iframe>`;
    reply.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>A blog</title><h1>A blog</h1>${frame}`);
  });
  await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening));
});

test.afterAll(() => elsewhere.close());

/** A page of another site that shows `path` of ours in a frame of a blog's width. */
async function embed(page: Page, baseURL: string | undefined, path: string): Promise<FrameLocator> {
  shown = new URL(path, baseURL).href;
  await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
  return page.frameLocator('iframe');
}

test('cluster and console stand in a frame, and what was done there goes along', async ({ page, baseURL, context, site: _ }) => {
  const frame = await embed(page, baseURL, 'embed?console');
  const input = frame.getByRole('textbox', { name: 'Console input' });
  await expect(input).toBeEditable({ timeout: 30_000 });
  await expect(frame.getByRole('button', { name: /^etcd-0/ })).toBeVisible();
  await expect(frame.getByRole('navigation')).toHaveCount(0);
  await expect(frame.getByRole('tab', { name: 'Notes' })).toBeHidden();
  await input.fill('etcdctl put from afar');
  await input.press('Enter');
  await expect(frame.getByRole('log')).toContainText('OK');

  const opened = context.waitForEvent('page');
  await frame.getByRole('link', { name: 'Open in Kubarium' }).click();
  const here = await opened;
  await expect(here.getByRole('navigation', { name: 'Site' })).toBeVisible();
  await here.getByRole('link', { name: 'Console', exact: true }).click();
  await expect(here.getByRole('log')).toContainText('etcdctl put from afar', { timeout: 30_000 });
});

test('a lab stands in a frame, keeps nothing, and the site itself refuses one', async ({ page, baseURL, site: _ }) => {
  const frame = await embed(page, baseURL, 'embed/labs/first-steps');
  await expect(frame.getByRole('heading', { level: 1, name: 'First steps' })).toBeVisible();
  await frame.getByRole('button', { name: 'Start the lab' }).click();
  await expect(frame.getByRole('button', { name: 'Check' })).toBeEnabled({ timeout: 60_000 });
  await frame.getByRole('tab', { name: 'Console' }).click();
  await expect(frame.getByRole('textbox', { name: 'Console input' })).toBeEditable({ timeout: 30_000 });

  const policies = ['embed', 'embed/labs/first-steps', '', 'notes', 'labs/first-steps'].map(async (path) => {
    const reply = await page.request.get(new URL(path, baseURL).href);
    return /frame-ancestors ([^;]*)/.exec(reply.headers()['content-security-policy'])?.[1];
  });
  expect(await Promise.all(policies)).toEqual(['*', '*', "'self'", "'self'", "'self'"]);
  await page.goto(new URL('', baseURL).href);
  expect(await page.evaluate(() => localStorage.getItem('kubarium.session.lab'))).toBeNull();
  await expect(button(page, 'Start the lab')).toHaveCount(0);
});
