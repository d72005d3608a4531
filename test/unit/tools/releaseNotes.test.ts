import { describe, expect, it } from 'vitest';
import { releaseNotes } from '../../../tools/scripts/releaseNotes.ts';

const changelog = `# Changelog

Text.

## [Unreleased]
### Added
- Soon.

## [1.2.0] - 2026-11-29
### Added
- New.

### Fixed
- Old.

## 1.1.0
- First.
`;

describe('releaseNotes', () => {
  it('takes the section of the version, with or without brackets and date', () => {
    expect(releaseNotes('v1.2.0', '1.2.0', changelog)).toBe(
      '### Added\n- New.\n\n### Fixed\n- Old.\n',
    );
    expect(releaseNotes('v1.1.0', '1.1.0', changelog)).toBe('- First.\n');
  });

  it('refuses a tag of another version, and a version without a word', () => {
    expect(() => releaseNotes('v1.2.0', '1.3.0', changelog)).toThrow('v1.3.0');
    expect(() => releaseNotes('v1.3.0', '1.3.0', changelog)).toThrow('CHANGELOG.md');
  });
});
