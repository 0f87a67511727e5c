#!/usr/bin/env node
import { buildProgram, runProgram } from '#cli/program.ts';

await runProgram(buildProgram(), process.argv);
