import { type PublicKey, publicKeyOf, type WaitingKey } from '../../connections/index.ts'
import { builder, needs } from './builder.ts'
import {
  ConnectionType,
  DeletedType,
  SecretStatusType,
  TestConnectionResult,
  toSecrets,
} from './connections.ts'
import { ConfigEntryInput } from './connectors.ts'
import { RefusalType, refusalOr } from './failure.ts'

const PublicKeyType = builder.objectRef<PublicKey>('PublicKey').implement({
  description: 'The public half of a key pair that Owlie keeps, in the forms Auth0 takes.',
  fields: (t) => ({
    pem: t.exposeString('pem', { description: 'SPKI.' }),
    jwk: t.field({ type: 'JSON', resolve: ({ jwk }) => jwk }),
    thumbprint: t.exposeString('thumbprint', { description: 'RFC 7638, SHA-256.' }),
  }),
})

const WaitingKeyType = builder.objectRef<WaitingKey>('WaitingKey').implement({
  description: 'A key pair that was made and waits to be taken into use. Its private half is never shown.',
  fields: (t) => ({
    id: t.exposeID('id'),
    connectionId: t.exposeID('connectionId', { nullable: true }),
    publicKey: t.expose('publicKey', { type: PublicKeyType }),
    madeBy: t.exposeString('madeBy'),
    madeAt: t.expose('madeAt', { type: 'DateTime' }),
  }),
})

const CreateConnectionKeyResult = builder.unionType('CreateConnectionKeyResult', {
  types: [WaitingKeyType, RefusalType],
  resolveType: refusalOr('WaitingKey'),
})

const DeleteConnectionKeyResult = builder.unionType('DeleteConnectionKeyResult', {
  types: [DeletedType, RefusalType],
  resolveType: refusalOr('Deleted'),
})

const ReplaceCredentialInput = builder.inputType('ReplaceCredentialInput', {
  description: 'The new credential: a secret among `secrets`, or a waiting key pair.',
  fields: (t) => ({
    connectionId: t.id({ required: true }),
    secrets: t.field({ type: [ConfigEntryInput] }),
    keyId: t.id(),
  }),
})

builder.objectField(SecretStatusType, 'publicKey', (t) =>
  t.field({
    type: PublicKeyType,
    nullable: true,
    description: 'Set when this is a private key: its public half.',
    resolve: ({ publicKey }) => (publicKey === null ? null : publicKeyOf(publicKey)),
  }),
)

builder.objectField(ConnectionType, 'waitingKeys', (t) =>
  t.field({
    ...needs('connection.read'),
    type: [WaitingKeyType],
    description: 'Made to replace what this connection uses now, newest first.',
    resolve: async ({ id, connector }, _args, { doors, tenantId }) => [
      ...(await doors.connections.listKeys(tenantId, connector, id)),
    ],
  }),
)

builder.queryFields((t) => ({
  waitingKeys: t.field({
    ...needs('connection.read'),
    type: [WaitingKeyType],
    description: 'For a connection of this connector that is yet to be saved, newest first.',
    args: { connector: t.arg.string({ required: true }) },
    resolve: async (_root, { connector }, { doors, tenantId }) => [
      ...(await doors.connections.listKeys(tenantId, connector, null)),
    ],
  }),
}))

builder.mutationFields((t) => ({
  createConnectionKey: t.field({
    ...needs('connection.write'),
    type: CreateConnectionKeyResult,
    args: { connector: t.arg.string(), connectionId: t.arg.id() },
    resolve: (_root, args, { doors, actor }) => doors.connections.createKey(actor, args),
  }),
  deleteConnectionKey: t.field({
    ...needs('connection.write'),
    type: DeleteConnectionKeyResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, actor }) => doors.connections.removeKey(actor, id),
  }),
  replaceCredential: t.field({
    ...needs('connection.write'),
    type: TestConnectionResult,
    description:
      'Tests the new credential of a saved connection and, only when it works, puts it in the place of the old one.',
    args: { input: t.arg({ type: ReplaceCredentialInput, required: true }) },
    resolve: (_root, { input }, { doors, actor }) =>
      doors.connections.replaceCredential(actor, {
        ...input,
        secrets: input.secrets ? toSecrets(input.secrets) : null,
      }),
  }),
}))
