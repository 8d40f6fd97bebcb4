import { beforeAll } from '@jest/globals';
import { deliveryParts } from '../support/delivery-parts';
import { autoscaling } from './autoscaling';
import { canary } from './canary';
import { lockedRollbacks } from './locked-rollbacks';
import { podKills } from './pod-kills';
import { mlopsSucceeds } from './support/platform';

const parts = deliveryParts(process.env.DELIVERY_PARTS);
/** Otherwise a few of each: whether a part works on this cluster. */
const LONG = process.env.CANARY_E2E === 'long';

// On the cluster of the tests, which is made if it is not there, and stays: to look at, or to try again.
beforeAll(async () => {
  await mlopsSucceeds(['up']);
});

if (parts.has('kills')) podKills(LONG ? { serving: 30, gateway: 10 } : { serving: 4, gateway: 2 });
if (parts.has('rollbacks')) lockedRollbacks(LONG ? 20 : 4);
if (parts.has('autoscaling')) autoscaling();
if (parts.has('canary')) canary();
