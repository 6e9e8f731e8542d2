/** Who wrote a report. A test holds the version against package.json: a bundle must not carry that file. */
export const tool = { name: 'pull-budget', version: '0.1.0' } as const;
