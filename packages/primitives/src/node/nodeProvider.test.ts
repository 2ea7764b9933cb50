import { describeProvider } from '../conformance/describeProvider.ts';
import { loadNodeProvider } from './index.ts';

describeProvider('Node provider', loadNodeProvider);
