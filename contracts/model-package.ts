/** Layout of a packaged model: the folder that its layer adds to the model server's image, and its files. */
export const MODEL_PACKAGE = {
  folder: 'model',
  /** Version of this layout, as the manifest states it. */
  format: 1,
  /** Describes the model and holds the digests of all other files. */
  manifest: 'model.json',
  model: 'model.onnx',
  /** Rows, then ONNX Runtime's score of each, all float32, little-endian; older packages have none. */
  proof: 'proof.f32',
  /** Distributions of features and scores in the training data, for drift. */
  reference: 'reference.json',
  card: 'card.md',
  lineage: 'lineage.json',
} as const;
