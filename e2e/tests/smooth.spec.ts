// The lab runs in a worker so that the page never stutters.
import { expect, test } from '../support/site';

test('the main thread never stalls while a thousand puts run', async ({ site, page }) => {
  test.setTimeout(240_000);
  await site.ready();
  await site.leader();
  await page.evaluate(() => {
    const found: number[] = [];
    Object.assign(window, { longTasks: found });
    new PerformanceObserver((list) => found.push(...list.getEntries().map((entry) => entry.duration))).observe({
      type: 'longtask',
    });
  });
  await site.run('i=0; while [ $i -lt 1000 ]; do etcdctl put key$i value$i; i=$((i+1)); done; echo all""done');
  await expect(site.log).toContainText('alldone', { timeout: 200_000 });
  const longTasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  // The goal is no task over 50 ms; what fails is a stall a person would feel, because a shared machine adds its own.
  console.log(`tasks over 50 ms: ${longTasks.length}, longest ${Math.max(0, ...longTasks)} ms`);
  expect(longTasks.filter((duration) => duration > 150)).toEqual([]);
  expect(await site.outputOf('etcdctl get key --prefix --count-only --write-out=fields | grep Count')).toEqual([
    '"Count" : 1000',
  ]);
});
