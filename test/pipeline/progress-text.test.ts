import { describe, expect, it } from 'vitest';
import { progressLines } from '../../src/pipeline/progress-text.ts';
import { Meter, Tally } from '../../src/pipeline/tally.ts';
import { HandClock } from './clock.ts';

describe('a rate', () => {
  it('is that of the last five seconds, not of all time', () => {
    const clock = new HandClock();
    const meter = new Meter(clock);
    for (let second = 0; second < 20; second++) {
      clock.pass(1);
      meter.add(100e6);
    }
    for (let second = 0; second < 10; second++) {
      clock.pass(1);
      meter.add(10e6);
    }
    expect(meter.rate).toBeCloseTo(10e6, -4);
    expect(meter.bytes).toBe(2.1e9);
  });

  it('is not told before there is something to tell', () => {
    const clock = new HandClock();
    const meter = new Meter(clock);
    expect(meter.rate).toBeUndefined();
    clock.pass(0.1);
    meter.add(5);
    expect(meter.rate).toBeUndefined();
  });

  it('falls while nothing comes', () => {
    const clock = new HandClock();
    const meter = new Meter(clock);
    clock.pass(1);
    meter.add(1000);
    clock.pass(99);
    expect(meter.rate).toBeCloseTo(10, 5);
  });
});

describe('progress in a log', () => {
  const start = () => {
    const clock = new HandClock();
    const lines: string[] = [];
    return { clock, lines, display: progressLines((line) => lines.push(line), clock) };
  };

  it('is a line every five seconds, with rate and time left', () => {
    const { clock, lines, display } = start();
    const task = display.start('layer 3f2a1b9c0d1e', 1e9);
    for (let second = 0; second < 10; second++) {
      clock.pass(1);
      task.advance(50e6);
    }
    expect(lines).toEqual([
      'layer 3f2a1b9c0d1e: 200 MB of 1.00 GB, 40.0 MB/s, 20 s left',
      'layer 3f2a1b9c0d1e: 450 MB of 1.00 GB, 41.7 MB/s, 13 s left',
    ]);
  });

  it('takes what is under way together', () => {
    const { clock, lines, display } = start();
    display.start('config', 10).done('exists');
    const [a] = [display.start('layer a', 1e6), display.start('layer b', 1e6)];
    clock.pass(1);
    a.advance(500_000);
    clock.pass(4);
    expect(lines).toEqual(['1 done, 2 under way, 500 kB, 100 kB/s, 15 s left']);
  });

  it('tells no time left where a size is not known', () => {
    const { clock, lines, display } = start();
    const task = display.start('pull 1 of 3');
    clock.pass(5);
    task.advance(1e6);
    clock.pass(5);
    expect(lines).toEqual(['pull 1 of 3: under way', 'pull 1 of 3: 1.00 MB, 100 kB/s']);
  });

  it('ends with what was done and how, and then leaves no timer', () => {
    const { clock, lines, display } = start();
    const task = display.start('layer a', 1e6);
    clock.pass(2);
    task.advance(1e6);
    task.done();
    task.done();
    display.start('layer b', 1e6).done('exists');
    display.start('layer c', 1e6).done('exists');
    display.end();
    expect(lines).toEqual(['3 done (exists: 2), 1.00 MB in 2.00 s, 500 kB/s']);
    expect(clock.waiting).toBe(0);
    display.end();
    expect(lines).toHaveLength(1);
  });

  it('says nothing of a phase without tasks, and counts each phase by itself', () => {
    const { lines, display } = start();
    display.end();
    display.start('a').done();
    display.end();
    display.start('b').done();
    display.end();
    expect(lines).toEqual(['1 done', '1 done']);
  });
});

describe('a tally', () => {
  it('holds what is under way in the order of its start', () => {
    const tally = new Tally(new HandClock());
    const [a] = [tally.start('a'), tally.start('b'), tally.start('c')];
    a.done();
    expect(tally.active.map(({ label }) => label)).toEqual(['b', 'c']);
    expect(tally.done).toBe(1);
  });
});
