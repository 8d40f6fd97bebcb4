import { describe, expect, it } from '@jest/globals';
import { DELIVERY_PARTS, deliveryParts } from './delivery-parts';

describe('the parts of make delivery-e2e', () => {
  it('are all, unless some are named', () => {
    expect([...deliveryParts()]).toEqual([...DELIVERY_PARTS]);
    expect([...deliveryParts('')]).toEqual([...DELIVERY_PARTS]);
    expect([...deliveryParts('rollbacks, kills')]).toEqual(['kills', 'rollbacks']);
  });

  it('that there are not, are refused', () => {
    expect(() => deliveryParts('kills,scaling')).toThrowErrorMatchingInlineSnapshot(
      `"DELIVERY_PARTS names scaling; expected some of kills, rollbacks, autoscaling, canary, with commas between them"`,
    );
  });
});
