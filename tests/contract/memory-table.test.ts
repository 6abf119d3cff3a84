import { createMemoryTable } from '../../lib/store/memory-table.ts';
import { deliveriesContract } from './deliveries.contract.ts';
import { storeContract } from './store.contract.ts';
import { tableContract } from './table.contract.ts';

tableContract('memory', async () => createMemoryTable());
storeContract('memory', async () => createMemoryTable());
deliveriesContract('memory', async () => createMemoryTable());
