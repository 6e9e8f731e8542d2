import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LogProgress } from '../../src/action/progress.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  const lines: string[] = [];
  return { lines, progress: new LogProgress((line) => lines.push(line)) };
}

test('tells every five seconds how far all tasks are, how fast, and how long it will take', () => {
  const { lines, progress } = watched();
  const first = progress.start('layer 1', 1_000_000_000);
  progress.start('layer 2', 1_000_000_000);
  first.advance(400_000_000);
  vi.advanceTimersByTime(5_000);
  first.advance(600_000_000);
  vi.advanceTimersByTime(5_000);
  expect(lines).toEqual([
    'layer 1 and 1 more: 400 MB of 2.00 GB, 80.0 MB/s, 20.0 s left',
    'layer 1 and 1 more: 1.00 GB of 2.00 GB, 100 MB/s, 10.0 s left',
  ]);
});

test('promises no end where the size is not known', () => {
  const { lines, progress } = watched();
  progress.start('archive').advance(5_000_000);
  vi.advanceTimersByTime(5_000);
  expect(lines).toEqual(['archive: 5.00 MB, 1.00 MB/s']);
});

test('says how a task ended, unless it was over at once', () => {
  const { lines, progress } = watched();
  progress.start('layer 1', 10).done('exists');
  progress.start('config', 10).done();
  const slow = progress.start('layer 2', 3_000_000);
  slow.advance(3_000_000);
  vi.advanceTimersByTime(2_000);
  slow.done();
  slow.done();
  expect(lines).toEqual(['layer 1: exists, 0.00 s', 'layer 2: done, 3.00 MB in 2.00 s']);
});

test('is silent when nothing is under way', () => {
  const { lines, progress } = watched();
  progress.start('layer').done();
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
