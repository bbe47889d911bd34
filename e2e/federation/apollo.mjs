// Apollo Gateway in front of the stage: composed from what each subgraph says of itself.
import { composeServices } from '@apollo/composition'
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { parse } from 'graphql'

import { ask } from './stage.mjs'

class ForwardingSource extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set('authorization', context.authorization)
  }
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

export async function openApollo(stage) {
  const gateway = new ApolloGateway({
    logger: SILENT,
    supergraphSdl: await supergraph(stage.recorders),
    buildService: ({ url }) => new ForwardingSource({ url }),
  })
  const server = new ApolloServer({ gateway, logger: SILENT })
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: async ({ req }) => ({ authorization: req.headers.authorization }),
  })
  return { url, close: () => server.stop() }
}

async function supergraph(recorders) {
  const services = Object.entries(recorders).map(async ([name, { url }]) => {
    const { data } = await ask(url, '{ _service { sdl } }')
    return { name, url, typeDefs: parse(data._service.sdl) }
  })
  const { supergraphSdl, errors } = composeServices(await Promise.all(services))
  if (errors?.length) throw new AggregateError(errors, 'the subgraphs do not compose')
  // Unlike Apollo's own Rust router, this one cannot ask for scopes, and starts only where nothing says that it must.
  return supergraphSdl.replaceAll(', for: SECURITY)', ')')
}
