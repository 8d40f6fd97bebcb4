import { describe, it } from '@jest/globals';
import { findNginx, NGINX_MISSING, type NginxProgram } from '../../../../studies/gateway/nginx-program';

/** A group of tests that need a real nginx; skipped, saying why, where there is none. */
export function describeWithNginx(title: string, tests: (program: NginxProgram) => void): void {
  const program = findNginx();
  if (program !== undefined) {
    describe(title, () => {
      tests(program);
    });
    return;
  }
  describe(title, () => {
    // eslint-disable-next-line jest/no-disabled-tests -- said, not hidden: e2e proves the same.
    it.skip(NGINX_MISSING, () => undefined);
  });
}
