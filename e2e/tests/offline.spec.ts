// The site opens without a network once it was visited, and is never older than the network has it.
import { expect, test } from '../support/site';

test.use({ serviceWorkers: 'allow' });

test('what was visited opens again without a network, and its cluster lives', async ({ site, page, context }) => {
  await site.ready();
  // Kept is kept only when all of it is.
  await page.evaluate(() => navigator.serviceWorker.ready.then((registration) => registration.active?.state));
  await context.setOffline(true);
  await page.reload();
  await site.answers();
  await site.leader();
  expect(await site.outputOf('etcdctl put without network')).toEqual(['OK']);
  // A page of the notes that nobody has opened yet.
  await page.goto('notes/quorum-and-raft');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Quorum and Raft');
  await context.setOffline(false);
});

test('with a network the page is that of the network', async ({ site, page, context }) => {
  await site.ready();
  await page.evaluate(() => navigator.serviceWorker.ready);
  const asked: string[] = [];
  context.on('request', (request) => {
    if (request.isNavigationRequest() || request.serviceWorker()) asked.push(request.url());
  });
  await page.reload();
  await site.answers();
  expect(asked).toContain(page.url());
});

test('it can be installed', async ({ site, page }) => {
  await site.open();
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=manifest]');
    return link ? (await fetch(link.href)).json() : undefined;
  });
  expect(manifest).toMatchObject({ short_name: 'Kubarium', display: 'standalone', start_url: './' });
  const icon = await page.evaluate((src) => fetch(src).then((reply) => reply.status), manifest.icons[0].src);
  expect(icon).toBe(200);
});
