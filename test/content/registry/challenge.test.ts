import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseChallenge, mergeScopes, parseChallenges } from '../../../src/content/registry/challenge.ts';

test('the challenge of a token server is read', () => {
  const header =
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"';
  expect(parseChallenges([header])).toEqual([
    {
      scheme: 'bearer',
      parameters: {
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:a/b:pull,push',
      },
    },
  ]);
});

test('a token is preferred to a password, in one header or in two', () => {
  const bearer = 'Bearer realm="https://a/t", service=x';
  for (const headers of [[`Basic realm="r", ${bearer}`], ['BASIC realm="r"', bearer]]) {
    const challenge = chooseChallenge(parseChallenges(headers));
    expect(challenge).toEqual({ scheme: 'bearer', parameters: { realm: 'https://a/t', service: 'x' } });
  }
});

test('quotes and commas inside a quoted value belong to it', () => {
  const [challenge] = parseChallenges(['Basic realm="say \\"a, b=c\\"", charset="UTF-8"']);
  expect(challenge?.parameters).toEqual({ realm: 'say "a, b=c"', charset: 'UTF-8' });
});

test('a scheme that we do not speak is no challenge to us', () => {
  expect(chooseChallenge(parseChallenges(['Negotiate', 'NTLM dGVzdA==']))).toBeUndefined();
});

test('any parameters written as the RFC says are read back', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  fc.assert(
    fc.property(
      fc.dictionary(word, fc.string({ unit: 'grapheme-ascii' }), { minKeys: 1, noNullPrototype: true }),
      (parameters) => {
        const list = Object.entries(parameters).map(
          ([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`,
        );
        expect(parseChallenges([`Bearer ${list.join(', ')}`])).toEqual([{ scheme: 'bearer', parameters }]);
      },
    ),
  );
});

test('scopes of one repository become one', () => {
  expect(mergeScopes(['repository:a/b:pull,push', 'repository:c:pull', 'repository:a/b:pull'])).toEqual([
    'repository:a/b:pull,push',
    'repository:c:pull',
  ]);
});
