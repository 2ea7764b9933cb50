import pino from 'pino';
import type { Config } from './config.ts';
import type { LogFields, Logger } from './ports.ts';

/** One JSON object per line on standard error. */
export function createLogger(level: Config['logLevel']): Logger {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  return {
    debug: (event: string, fields: LogFields = {}) => log.debug(fields, event),
    info: (event: string, fields: LogFields = {}) => log.info(fields, event),
    warn: (event: string, fields: LogFields = {}) => log.warn(fields, event),
    error: (event: string, fields: LogFields = {}) => log.error(fields, event),
  };
}
