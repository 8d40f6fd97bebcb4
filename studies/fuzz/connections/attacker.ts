/**
 * Attacks a server with every kind at once, until it is ended: a process of its own, so that its work does not delay what
 * others measure. usage: attacker.ts PORT ATTACKERS_PER_KIND
 */
import { ATTACKS } from './attacks';

const [port = 0, each = 1] = process.argv.slice(2).map(Number);
for (const attack of Object.values(ATTACKS))
  for (let i = 0; i < each; i++)
    void (async () => {
      for (;;) await attack(port).catch(() => undefined);
    })();
