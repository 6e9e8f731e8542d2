import { describe, expect, it } from 'vitest';
import { Bars } from '../../src/cli/bars.ts';
import { HandClock } from '../pipeline/clock.ts';

/** A terminal as far as bars use one: lines, and the sequences that go up and clear. */
class FakeTerminal {
  columns = 80;
  writes: string[] = [];
  #lines: string[] = [''];
  #row = 0;

  write(text: string): void {
    this.writes.push(text);
    for (const part of text.match(/\x1b\[\d*[A-Z]|\r|\n|[^\x1b\r\n]+/g) ?? []) {
      const up = /^\x1b\[(\d+)A$/.exec(part);
      if (up) this.#row -= Number(up[1]);
      else if (part === '\x1b[J') this.#lines = [...this.#lines.slice(0, this.#row), ''];
      else if (part === '\n') {
        this.#row += 1;
        this.#lines[this.#row] ??= '';
      } else if (part !== '\r') this.#lines[this.#row] += part;
    }
  }

  get screen(): string[] {
    return this.#lines.slice(0, -1);
  }
}

const start = () => {
  const [terminal, clock] = [new FakeTerminal(), new HandClock()];
  return { terminal, clock, bars: new Bars(terminal, clock) };
};

describe('bars', () => {
  it('show how far a task is, how fast, and how long it will take, in one line that is redrawn', () => {
    const { terminal, clock, bars } = start();
    const task = bars.start('layer 3f2a1b9c0d1e', 1e9);
    for (let at = 0; at < 20; at++) {
      clock.pass(0.5);
      task.advance(25e6);
    }
    clock.pass(0.5);
    expect(terminal.screen).toEqual([
      '  layer 3f2a1b9c0d1e [######------] 500 MB of 1.00 GB, 45.5 MB/s, 11 s left',
    ]);
  });

  it('are redrawn at most ten times a second, however often bytes come', () => {
    const { terminal, clock, bars } = start();
    const task = bars.start('layer a', 1e9);
    for (let at = 0; at < 1000; at++) {
      task.advance(1000);
      clock.pass(0.001);
    }
    expect(terminal.writes.length).toBeGreaterThan(4);
    expect(terminal.writes.length).toBeLessThanOrEqual(10);
  });

  it('stay few, however many tasks are under way', () => {
    const { terminal, clock, bars } = start();
    const tasks = Array.from({ length: 30 }, (_, at) => bars.start(`layer ${at}`, 1000));
    clock.pass(1);
    expect(terminal.screen).toHaveLength(7);
    expect(terminal.screen.at(-2)).toBe('  and 25 more');
    expect(terminal.screen.at(-1)).toBe('  30 under way');
    for (const task of tasks.slice(0, 29)) task.done();
    clock.pass(1);
    expect(terminal.screen).toHaveLength(2);
    expect(terminal.screen[1]).toBe('  29 done, 1 under way');
  });

  it('fit the terminal, its last column left free', () => {
    const { terminal, clock, bars } = start();
    terminal.columns = 40;
    bars.start('layer with a name that is much too long', 1e9).advance(1e6);
    clock.pass(2);
    for (const line of terminal.screen) expect(line.length).toBeLessThanOrEqual(39);
  });

  it('show a long label whole where the terminal has room for it', () => {
    const { terminal, clock, bars } = start();
    terminal.columns = 100;
    bars.start('fetch image (warm-up, not timed)', 1e9).advance(1e6);
    clock.pass(2);
    expect(terminal.screen[0]).toContain('fetch image (warm-up, not timed) [');
    expect(terminal.screen[0]?.length).toBeLessThanOrEqual(99);
  });

  it('stay below what is printed meanwhile', () => {
    const { terminal, clock, bars } = start();
    bars.start('layer a', 1000).advance(10);
    clock.pass(1);
    bars.print('a notice');
    clock.pass(1);
    expect(terminal.screen[0]).toBe('a notice');
    expect(terminal.screen[1]).toContain('layer a');
    expect(terminal.screen).toHaveLength(2);
  });

  it('leave one line of what was done, and no timer', () => {
    const { terminal, clock, bars } = start();
    const task = bars.start('layer a', 1000);
    clock.pass(1);
    task.advance(1000);
    task.done();
    bars.start('layer b', 1000).done('mounted');
    clock.pass(1);
    bars.end();
    expect(terminal.screen).toEqual(['  2 done (mounted: 1), 1.00 kB in 2.00 s, 500 B/s']);
    expect(clock.waiting).toBe(0);
  });

  it('are cleared when a phase fails with tasks under way', () => {
    const { terminal, clock, bars } = start();
    bars.start('layer a', 1000);
    clock.pass(1);
    expect(terminal.screen).toHaveLength(1);
    bars.end();
    expect(terminal.screen).toEqual([]);
  });

  it('show no control characters of a label', () => {
    const { terminal, clock, bars } = start();
    bars.start('layer \x1b[31mred\x07\nline', 10);
    clock.pass(1);
    expect(terminal.screen[0]).toMatch(/^ {2}layer red line/);
  });

  it('are full for what is empty and never over-full', () => {
    const { terminal, clock, bars } = start();
    bars.start('empty', 0);
    bars.start('more', 10).advance(100);
    clock.pass(1);
    expect(terminal.screen[0]).toContain(`[${'#'.repeat(12)}]`);
    expect(terminal.screen[1]).toContain(`[${'#'.repeat(12)}]`);
  });
});
