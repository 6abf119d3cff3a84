import { createMemoryTable } from '../../lib/store/memory-table.ts';
import { outgoingStoreContract } from './outgoing-store.contract.ts';
import { storeContract } from './store.contract.ts';
import { tableContract } from './table.contract.ts';

tableContract('memory', async () => createMemoryTable());
storeContract('memory', async () => createMemoryTable());
outgoingStoreContract('memory', async () => createMemoryTable());
