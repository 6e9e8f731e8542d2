/** The runner as this action speaks to it: the part of @actions/core that is used, so that tests can listen. */
export interface Toolkit {
  info(line: string): void;
  debug(line: string): void;
  notice(message: string, properties?: { title?: string }): void;
  warning(message: string, properties?: { title?: string }): void;
  error(message: string, properties?: { title?: string }): void;
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
  setSecret(value: string): void;
  setOutput(name: string, value: string): void;
  setFailed(message: string): void;
  saveState(name: string, value: string): void;
  getState(name: string): string;
}
