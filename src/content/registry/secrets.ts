/** Passwords and tokens seen so far: told to the edge as soon as known, and kept out of every message. */
export class Secrets {
  readonly #values = new Set<string>();
  readonly #tell: (value: string) => void;

  constructor(tell: (value: string) => void = () => {}) {
    this.#tell = tell;
  }

  /** Takes note of a secret, and hands it back. */
  add(value: string): string {
    if (value !== '' && !this.#values.has(value)) {
      this.#values.add(value);
      this.#tell(value);
    }
    return value;
  }

  mask(text: string): string {
    // Longest first: a secret that is part of another one must not leave the rest of it standing.
    const values = [...this.#values].sort((a, b) => b.length - a.length);
    return values.reduce((masked, value) => masked.replaceAll(value, '***'), text);
  }
}
