import type { Toolkit } from '../../src/action/toolkit.ts';

/** A runner that listens: what it was told, in order. */
export function listen(state: Record<string, string> = {}) {
  const said: [kind: string, ...parts: string[]][] = [];
  const outputs: Record<string, string> = {};
  const secrets: string[] = [];
  const say =
    (kind: string) =>
    (text: string, properties?: { title?: string }): void => {
      said.push([kind, text, ...(properties?.title === undefined ? [] : [properties.title])]);
    };
  const toolkit: Toolkit = {
    info: say('info'),
    debug: say('debug'),
    notice: say('notice'),
    warning: say('warning'),
    error: say('error'),
    setFailed: say('failed'),
    group: async (title, work) => {
      said.push(['group', title]);
      return work();
    },
    setSecret: (value) => secrets.push(value),
    setOutput: (name, value) => {
      outputs[name] = value;
      said.push(['output', name, value]);
    },
    saveState: (name, value) => {
      state[name] = value;
    },
    getState: (name) => state[name] ?? '',
  };
  return {
    toolkit,
    said,
    outputs,
    secrets,
    state,
    /** Texts of one kind. */
    all: (kind: string) => said.filter(([one]) => one === kind).map(([, text]) => text),
  };
}
