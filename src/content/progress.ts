/** How long work tells how far it is. Edges draw it (bars on a terminal, lines in a CI log); the rest only reports. */
export interface Progress {
  /** Starts a task. `totalBytes` is absent where it is not known. */
  start(label: string, totalBytes?: number): ProgressTask;
}

export interface ProgressTask {
  advance(bytes: number): void;
  /** Ends the task; `note` says how where it is not obvious: `exists`, `mounted`. */
  done(note?: string): void;
}

export const silentProgress: Progress = {
  start: () => ({ advance: () => {}, done: () => {} }),
};
