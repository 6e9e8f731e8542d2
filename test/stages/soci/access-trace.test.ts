import { describe, expect, test } from 'vitest';
import { parseAccessTrace } from '../../../src/stages/soci/access-trace.ts';

describe('an access trace in plain text', () => {
  test('is one path a line, in order, each once', () => {
    const text = '/usr/bin/python3\n/etc/ld.so.cache\n/usr/bin/python3\n';
    expect(parseAccessTrace(text, 'trace')).toEqual(['/usr/bin/python3', '/etc/ld.so.cache']);
  });

  test('may have comments, empty lines, line ends of Windows and a byte order mark', () => {
    expect(parseAccessTrace('\ufeff# start\r\n\r\n  \r\n/a b \r\n/#c', 'trace')).toEqual(['/a b ', '/#c']);
  });

  test('may be empty', () => {
    expect(parseAccessTrace('', 'trace')).toEqual([]);
  });

  test.each([
    ['usr/bin/x', /^trace\.txt:2 "usr\/bin\/x" is no absolute path$/],
    ['[1]', /^trace\.txt:2 "\[1\]" is no absolute path$/],
    ['/a\0b', /^trace\.txt:2 "\/a\\u0000b" has a NUL in it$/],
  ])('the line of %j is named', (line, message) => {
    expect(() => parseAccessTrace(`/ok\n${line}\n`, 'trace.txt')).toThrow(message);
    expect(() => parseAccessTrace(`/ok\n${line}\n`, 'trace.txt')).toThrow(
      expect.objectContaining({ code: 'bad-access-trace', kind: 'input' }),
    );
  });
});

describe('an access trace in JSON', () => {
  test('has its files in order, each once, whatever else it says of them', () => {
    const files = [{ path: '/b', bytes: 1 }, { path: '/a' }, { path: '/b' }];
    expect(parseAccessTrace(`\n ${JSON.stringify({ schemaVersion: 1, files, tool: 'x' })}`, 'trace')).toEqual(
      ['/b', '/a'],
    );
  });

  test.each([
    ['{\n"schemaVersion": 1,\n"files": [}\n', /^trace\.json:3 is not JSON$/],
    ['{\n"schemaVersion": 1,\n"files": [\n', /^trace\.json:3 is not JSON$/],
    ['{"files":[]}', /^trace\.json has no "schemaVersion" 1/],
    ['{"schemaVersion":2,"files":[]}', /^trace\.json has no "schemaVersion" 1/],
    ['{"schemaVersion":1}', /^trace\.json has no list "files"$/],
    ['{"schemaVersion":1,"files":{}}', /^trace\.json has no list "files"$/],
    ['{"schemaVersion":1,"files":[{"path":"/a"},"/b"]}', /^trace\.json: files\[1\] has no "path"$/],
    ['{"schemaVersion":1,"files":[{"path":1}]}', /^trace\.json: files\[0\] has no "path"$/],
    ['{"schemaVersion":1,"files":[{"path":"a"}]}', /^trace\.json: files\[0\] "a" is no absolute path$/],
    ['{"schemaVersion":1,"files":[{"__proto__":{"path":"/a"}}]}', /^trace\.json: files\[0\] has no "path"$/],
  ])('%j: the place is named', (text, message) => {
    expect(() => parseAccessTrace(text, 'trace.json')).toThrow(message);
  });
});
