/**
 * Attacks a server with every kind at once, or those named, until it is ended: a process of its own, so that its work does
 * not delay what others measure. usage: attacker.ts PORT ATTACKERS_PER_KIND [KIND…]
 */
import { ATTACKS } from './attacks';

const [port = 0, each = 1] = process.argv.slice(2, 4).map(Number);
const kinds = process.argv.slice(4);
for (const [kind, attack] of Object.entries(ATTACKS))
  if (kinds.length === 0 || kinds.includes(kind))
    for (let i = 0; i < each; i++)
      void (async () => {
        for (;;) await attack(port).catch(() => undefined);
      })();
