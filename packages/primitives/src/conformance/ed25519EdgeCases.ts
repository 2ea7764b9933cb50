/**
 * Signatures of Ed25519 on which verifiers are known to differ (made for this file, over the message "hello"). All
 * providers must answer the same: the equation without cofactor, nothing of low order, canonical encodings only.
 */
export interface Ed25519EdgeCase {
  readonly name: string;
  readonly publicKey: string;
  readonly signature: string;
  readonly valid: boolean;
}

export const ed25519EdgeCases: readonly Ed25519EdgeCase[] = [
  {
    name: 'an ordinary signature',
    publicKey: '7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572',
    signature: [
      '7db0dc9222f3c183457ddde4c708de8e5ea6bf3d5c4404cca14b32729a05c32a83abf232e2ff425687994cbdedf91e41',
      '253ad0283ec2d7e0e370332ad4d32409',
    ].join(''),
    valid: true,
  },
  {
    name: 'S not below the group order',
    publicKey: '7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572',
    signature: [
      '7db0dc9222f3c183457ddde4c708de8e5ea6bf3d5c4404cca14b32729a05c32a707fe88ffc6255ae5d364460ccf3fd55',
      '253ad0283ec2d7e0e370332ad4d32419',
    ].join(''),
    valid: false,
  },
  {
    name: 'R with a component of order 8, valid with the cofactor only',
    publicKey: '7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572',
    signature: [
      '6999d5cb5126005c325892f1c6eab824b310708befff12fbaf45dda050cb12f081702704a7d9ee5ea4b3f00d2f098185',
      'c6165c90f39319c1d36ffe91a83b8f02',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key with a component of order 8, valid with the cofactor only',
    publicKey: '6a84d583f06569edb3f5ed77df65544b27d6948b4f0b2cb76f33dd8413b20719',
    signature: [
      '7db0dc9222f3c183457ddde4c708de8e5ea6bf3d5c4404cca14b32729a05c32a7ec1628e27403382bc263f266da5948c',
      'a29091739be22764f649146790b2210c',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key with a component of order 8, which cancels out',
    publicKey: '6a84d583f06569edb3f5ed77df65544b27d6948b4f0b2cb76f33dd8413b20719',
    signature: [
      '88b320f8fc85de05885ba693fa89a1917d6729ceab6c5d0874f4754490ffe85fe91117a2fe66b935c9cc90484713af00',
      '51060bb2bacc47ff320b67d0fa2fd705',
    ].join(''),
    valid: true,
  },
  {
    name: 'a key of low order (1)',
    publicKey: '0100000000000000000000000000000000000000000000000000000000000000',
    signature: [
      'e0ebbdce612fe416c97dc9ee1e94e429ef255ace41e5ed3c9aea325d69820991b768de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key of low order (2)',
    publicKey: 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    signature: [
      '3477417706a7d07cc814c71df641b1784075f07b50dedeaabecb6a45a72d6e24b268de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key of low order (3)',
    publicKey: '0000000000000000000000000000000000000000000000000000000000000080',
    signature: [
      '7db0dc9222f3c183457ddde4c708de8e5ea6bf3d5c4404cca14b32729a05c32ab168de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key of low order (4)',
    publicKey: '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    signature: [
      '76125d6df45e8f5b38979d0da28d54dc5c47cc50a5bfeead21815ba498cff218bc68de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key of low order (5)',
    publicKey: 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    signature: [
      '692398d9b367733006e85c510f53ea683103354b0e763f28e842adda883f9a28b968de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key of low order (6)',
    publicKey: '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    signature: [
      '90b4e666576a1e1c504b5574bdbfb19e833cdfc15f1a51d55cc107bb76e7f98fb568de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key of low order (7)',
    publicKey: '0000000000000000000000000000000000000000000000000000000000000000',
    signature: [
      '9b119b57f1b009d122e0f8532cdaf535c590a28fe67acc9257547bdf5921554bc668de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key of low order (8)',
    publicKey: 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    signature: [
      'f5f4196a432837c349d9df88d339ec38cac2a05f7ef22d75c1b4bc1aa2871882be68de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a neutral key encoded as p + 1, not canonical',
    publicKey: 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    signature: [
      '7db0dc9222f3c183457ddde4c708de8e5ea6bf3d5c4404cca14b32729a05c32ab168de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a neutral key encoded as 1 with a sign',
    publicKey: '0100000000000000000000000000000000000000000000000000000000000080',
    signature: [
      '7db0dc9222f3c183457ddde4c708de8e5ea6bf3d5c4404cca14b32729a05c32ab168de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'a neutral key encoded as p + 1 with a sign',
    publicKey: 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    signature: [
      '7db0dc9222f3c183457ddde4c708de8e5ea6bf3d5c4404cca14b32729a05c32ab168de3a000000000000000000000000',
      '00000000000000000000000000000000',
    ].join(''),
    valid: false,
  },
  {
    name: 'R of low order',
    publicKey: '7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572',
    signature: [
      '0100000000000000000000000000000000000000000000000000000000000000eb3ae651a6ecfe70d7f664fef363f1b3',
      'ee5bf630f86f96dd3ffa985446c53f09',
    ].join(''),
    valid: false,
  },
  {
    name: 'R of low order, not canonical',
    publicKey: '7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572',
    signature: [
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7ff00601920b6a630eeb0128cccfb243a2',
      '49025b24906f0fc6071177d187459005',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key that is no point',
    publicKey: '0200000000000000000000000000000000000000000000000000000000000000',
    signature: [
      '7db0dc9222f3c183457ddde4c708de8e5ea6bf3d5c4404cca14b32729a05c32a83abf232e2ff425687994cbdedf91e41',
      '253ad0283ec2d7e0e370332ad4d32409',
    ].join(''),
    valid: false,
  },
  {
    name: 'a key above p',
    publicKey: 'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    signature: [
      '7db0dc9222f3c183457ddde4c708de8e5ea6bf3d5c4404cca14b32729a05c32a83abf232e2ff425687994cbdedf91e41',
      '253ad0283ec2d7e0e370332ad4d32409',
    ].join(''),
    valid: false,
  },
];
