// node peer.mjs PORT: an MCP server of the official SDK on 127.0.0.1, whose one tool gives back what it gets.
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

function build() {
  const server = new McpServer({ name: 'peer', version: '1.0.0' });
  const text = z.object({ text: z.string() });
  server.registerTool('echo', { description: 'gives back its text', inputSchema: text }, (given) => ({
    content: [{ type: 'text', text: given.text }],
  }));
  return server;
}

const serve = toNodeHandler(createMcpHandler(build));
createServer(serve).listen(Number(process.argv[2]), '127.0.0.1');
