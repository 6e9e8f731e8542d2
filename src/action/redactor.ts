/** Shorter ones are masked by the runner alone: they stand in digests and names by chance. */
const shortest = 8;

/**
 * The second line of defence: the runner masks secrets in logs, this keeps them out of whatever the action writes
 * itself (summary, report, outputs, messages).
 */
export class Redactor {
  /** Longest first: a secret within another one must not leave the rest of it standing. */
  #forms: readonly string[] = [];

  add(secret: string): void {
    const forms = [secret, encodeURIComponent(secret.toWellFormed()), Buffer.from(secret).toString('base64')];
    const long = forms.filter((form) => form.length >= shortest);
    this.#forms = [...new Set([...this.#forms, ...(secret.length >= shortest ? long : [])])].sort(
      (a, b) => b.length - a.length,
    );
  }

  text(text: string): string {
    return this.#forms.reduce((clean, form) => clean.replaceAll(form, '***'), text);
  }

  /** Every string in a JSON value, keys included. */
  value<T>(value: T): T {
    return this.#forms.length === 0 ? value : (this.#clean(value) as T);
  }

  #clean(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.#clean(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.text(key), this.#clean(item)]),
    );
  }
}
