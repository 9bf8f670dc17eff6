import { appendFileSync } from 'node:fs';
appendFileSync("/tmp/wt/v18/notebooks/ch13-workers", process.pid + '\n');