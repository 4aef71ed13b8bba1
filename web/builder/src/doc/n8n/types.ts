/** n8n's types of nodes that have a counterpart here: what its parameters become, and the names of its ports. */
import type { Json, Params } from '../model';

/** A node of n8n, its expressions translated already. */
export interface Source {
  parameters: Params;
  typeVersion: number;
}

export interface Counterpart {
  type: string;
  params: (node: Source) => Params;
  /** Names of the outputs, in n8n's order; `main` where absent. */
  outputs?: (node: Source) => string[];
  inputs?: string[];
}

export function object(value: Json | undefined): Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
export function word(value: Json | undefined, otherwise = ''): string {
  return typeof value === 'string' && value ? value : otherwise;
}
function whole(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : otherwise;
}

const rows = (value: Json | undefined): Params[] =>
  list(object(value).parameters).map((row) => ({ name: object(row).name ?? '', value: object(row).value ?? '' }));

const OPERATIONS: Record<string, string> = {
  equals: 'eq',
  equal: 'eq',
  notEquals: 'ne',
  notEqual: 'ne',
  larger: 'gt',
  gt: 'gt',
  largerEqual: 'gte',
  gte: 'gte',
  smaller: 'lt',
  lt: 'lt',
  smallerEqual: 'lte',
  lte: 'lte',
  contains: 'contains',
  notContains: 'not_contains',
  startsWith: 'starts_with',
  endsWith: 'ends_with',
  regex: 'matches',
  isEmpty: 'empty',
  empty: 'empty',
  isNotEmpty: 'not_empty',
  notEmpty: 'not_empty',
  exists: 'exists',
  notExists: 'not_exists',
  true: 'true',
  false: 'false',
  before: 'before',
  after: 'after',
};

/** Conditions of an If, a Filter or a rule: n8n's newer form with a list, or the older one by type of value. */
function conditions(parameters: Params): Params {
  const given = object(parameters.conditions);
  const newer = list(given.conditions);
  const older = Object.entries(given).flatMap(([kind, entries]) => (kind === 'options' ? [] : list(entries)));
  const compared = (newer.length ? newer : older).map((entry): Params => {
    const { leftValue, rightValue, value1, value2, operator, operation } = object(entry);
    const wanted = word(object(operator).operation) || word(operation, 'equals');
    return { left: leftValue ?? value1 ?? null, op: OPERATIONS[wanted] ?? 'eq', right: rightValue ?? value2 ?? null };
  });
  const any = given.combinator === 'or' || parameters.combineOperation === 'any';
  return { combine: any ? 'any' : 'all', list: compared };
}

function fields({ parameters, typeVersion }: Source): Params {
  const newer = list(object(parameters.assignments).assignments);
  const third = list(object(parameters.fields).values);
  const older = Object.values(object(parameters.values)).flatMap(list);
  const assigned = (newer.length ? newer : third.length ? third : older).map((entry) => {
    const { name, value, stringValue, numberValue, booleanValue, arrayValue, objectValue } = object(entry);
    return {
      name: name ?? '',
      value: value ?? stringValue ?? numberValue ?? booleanValue ?? arrayValue ?? objectValue ?? null,
    };
  });
  const keeps =
    typeVersion >= 3.3
      ? parameters.includeOtherFields === true
      : typeVersion >= 3
        ? parameters.include !== 'none'
        : parameters.keepOnlySet !== true;
  return { mode: keeps ? 'keep' : 'only', fields: assigned };
}

function request({ parameters }: Source): Params {
  const params: Params = {
    method: word(parameters.method, word(parameters.requestMethod, 'GET')),
    url: parameters.url ?? '',
  };
  if (parameters.sendQuery) params.query = rows(parameters.queryParameters);
  if (parameters.sendHeaders) params.headers = rows(parameters.headerParameters);
  if (parameters.sendBody) params.body = body(parameters);
  return params;
}

function body(parameters: Params): Params {
  const kind = word(parameters.contentType, 'json');
  const entries = rows(parameters.bodyParameters);
  if (kind === 'form-urlencoded') return { kind: 'form', fields: entries };
  if (kind === 'multipart-form-data') return { kind: 'multipart', fields: entries };
  if (kind === 'raw')
    return { kind: 'text', text: parameters.body ?? '', content_type: word(parameters.rawContentType, 'text/plain') };
  if (parameters.specifyBody === 'json') return { kind: 'json', value: literal(parameters.jsonBody) };
  return { kind: 'json', value: Object.fromEntries(entries.map((row) => [String(row.name), row.value ?? null])) };
}

/** JSON that n8n keeps as text. */
function literal(value: Json | undefined): Json {
  if (typeof value !== 'string') return value ?? null;
  try {
    const parsed: Json = JSON.parse(value);
    return parsed;
  } catch {
    return value;
  }
}

const MODES: Record<string, string> = {
  onReceived: 'immediately',
  lastNode: 'last_node',
  responseNode: 'respond_node',
  streaming: 'stream',
};

function webhook({ parameters }: Source): Params {
  const methods = list(parameters.httpMethod).map((method) => word(method, 'GET'));
  return {
    path: word(parameters.path).replace(/:(\w+)/g, '{$1}'),
    methods: methods.length ? methods : [word(parameters.httpMethod, 'GET')],
    respond: { mode: MODES[word(parameters.responseMode)] ?? 'immediately' },
  };
}

const RESPONSES: Record<string, (parameters: Params) => Params> = {
  json: ({ responseBody }) => ({ kind: 'json', value: literal(responseBody) }),
  text: ({ responseBody }) => ({ kind: 'text', text: responseBody ?? '' }),
  redirect: ({ redirectURL }) => ({ kind: 'redirect', url: redirectURL ?? '' }),
  noData: () => ({ kind: 'none' }),
  allIncomingItems: () => ({ kind: 'all_items' }),
};

function response({ parameters }: Source): Params {
  const made = RESPONSES[word(parameters.respondWith)]?.(parameters) ?? { kind: 'first_item' };
  return { body: made, status: whole(object(parameters.options).responseCode, 200) };
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function times({ parameters }: Source): Params {
  const intervals = list(object(parameters.rule).interval).map(object);
  return { rules: (intervals.length ? intervals : [{ field: 'days' }]).map(rule) };
}

function rule(interval: Params): Params {
  const field = word(interval.field, 'days');
  const every = whole(interval[`${field}Interval`], 1);
  const two = (value: Json | undefined) => String(whole(value, 0)).padStart(2, '0');
  const at = [`${two(interval.triggerAtHour)}:${two(interval.triggerAtMinute)}`];
  if (field === 'cronExpression') return { kind: 'cron', line: interval.expression ?? '' };
  if (field === 'days') return { kind: 'daily', every, at };
  if (field === 'weeks') {
    const days = list(interval.triggerAtDay).map((day) => DAYS[whole(day, 1)] ?? 'monday');
    return { kind: 'weekly', every, at, days: days.length ? days : ['sunday'] };
  }
  if (field === 'months') return { kind: 'monthly', every, at, days: [whole(interval.triggerAtDayOfMonth, 1)] };
  return { kind: 'interval', every, unit: field };
}

function merging({ parameters }: Source): Params {
  const by = word(parameters.combineBy, word(parameters.combinationMode));
  if (parameters.mode === 'chooseBranch') return { mode: { how: 'choose' } };
  if (parameters.mode !== 'combine') return { mode: { how: 'append' } };
  if (by === 'combineByPosition' || by === 'mergeByPosition') return { mode: { how: 'position' } };
  if (by === 'combineAll' || by === 'multiplex') return { mode: { how: 'combinations' } };
  const named = word(parameters.fieldsToMatchString);
  const pairs = list(object(parameters.mergeByFields).values).map((entry) => ({
    a: object(entry).field1 ?? '',
    b: object(entry).field2 ?? '',
  }));
  return { mode: { how: 'key', keys: pairs.length ? pairs : named.split(',').map((each) => ({ a: each.trim() })) } };
}

const switchRules = ({ parameters }: Source) => {
  const given = object(parameters.rules);
  return (list(given.values).length ? list(given.values) : list(given.rules)).map(object);
};
const ruleName = (entry: Params, i: number) => (entry.renameOutput ? word(entry.outputKey, String(i)) : String(i));

function switching(node: Source): Params {
  const rules = switchRules(node).map((entry, i) => ({ output: ruleName(entry, i), conditions: conditions(entry) }));
  const { fallbackOutput } = object(node.parameters.options);
  return { by: { on: 'rules', rules }, otherwise: fallbackOutput === 'extra' ? 'output' : 'drop' };
}

const SECONDS: Record<string, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

function waiting({ parameters }: Source): Params {
  if (parameters.resume === 'webhook') return { resume: { on: 'webhook' } };
  if (parameters.resume === 'specificTime') return { resume: { on: 'date', at: parameters.dateTime ?? '' } };
  const amount = typeof parameters.amount === 'number' ? parameters.amount : 1;
  return { resume: { on: 'duration', seconds: amount * (SECONDS[word(parameters.unit, 'hours')] ?? 1) } };
}

function sorting({ parameters }: Source): Params {
  const keys = list(object(parameters.sortFieldsUi).sortField).map((entry) => ({
    field: object(entry).fieldName ?? '',
    order: object(entry).order === 'descending' ? 'desc' : 'asc',
  }));
  return { keys };
}

const branches = () => ['true', 'false'];

/** By the last part of n8n's name of the type. */
export const COUNTERPARTS: Readonly<Record<string, Counterpart>> = {
  webhook: { type: 'webhook.trigger', params: webhook },
  respondToWebhook: { type: 'webhook.respond', params: response },
  manualTrigger: { type: 'manual.trigger', params: () => ({}) },
  start: { type: 'manual.trigger', params: () => ({}) },
  executeWorkflowTrigger: { type: 'manual.trigger', params: () => ({}) },
  scheduleTrigger: { type: 'schedule.trigger', params: times },
  errorTrigger: { type: 'flow.error_trigger', params: () => ({}) },
  set: { type: 'data.set', params: fields },
  if: { type: 'flow.if', params: ({ parameters }) => ({ conditions: conditions(parameters) }), outputs: branches },
  filter: {
    type: 'flow.filter',
    params: ({ parameters }) => ({ conditions: conditions(parameters) }),
    outputs: branches,
  },
  switch: {
    type: 'flow.switch',
    params: switching,
    outputs: (node) => [...switchRules(node).map(ruleName), 'fallback'],
  },
  httpRequest: { type: 'http.request', params: request },
  merge: { type: 'flow.merge', params: merging, inputs: ['a', 'b'] },
  noOp: { type: 'flow.noop', params: () => ({}) },
  wait: { type: 'flow.wait', params: waiting },
  splitInBatches: {
    type: 'flow.loop',
    params: ({ parameters }) => ({ batch_size: whole(parameters.batchSize, 1) }),
    outputs: ({ typeVersion }) => (typeVersion >= 3 ? ['done', 'loop'] : ['loop', 'done']),
  },
  splitOut: {
    type: 'data.split_out',
    params: ({ parameters }) => ({
      field: parameters.fieldToSplitOut ?? '',
      include: parameters.include === 'allOtherFields' ? 'all' : 'none',
    }),
  },
  limit: {
    type: 'data.limit',
    params: ({ parameters }) => ({
      count: whole(parameters.maxItems, 1),
      keep: parameters.keep === 'lastItems' ? 'last' : 'first',
    }),
  },
  sort: { type: 'data.sort', params: sorting },
  stopAndError: {
    type: 'flow.stop',
    params: ({ parameters }) => ({ message: parameters.errorMessage ?? parameters.errorObject ?? '' }),
  },
};
