import { describe, expect, it } from '@jest/globals';
import { allImages } from '../../../cli/src/cluster/images';
import { CI_IMAGES } from '../../../contracts/images';
import { platformImages } from '../../../toolchain/index';
import { testPlatform } from '../../stacks/support';

const { config } = testPlatform();

describe('the images that mlops up prepares', () => {
  it.each(['upstream', 'packages'] as const)('are all of source %s with every part switched on', (source) => {
    expect(allImages({ config, source: { source, why: 'the test says so' } })).toEqual(
      platformImages(source),
    );
  });

  it.each(['upstream', 'packages'] as const)('leave out the CI’s where it is switched off: %s', (source) => {
    const withoutCi = { ...config, ci: { ...config.ci, enabled: false } };
    const left = allImages({ config: withoutCi, source: { source, why: 'the test says so' } });
    expect(platformImages(source).filter((name) => !left.includes(name))).toEqual([...CI_IMAGES]);
  });
});
