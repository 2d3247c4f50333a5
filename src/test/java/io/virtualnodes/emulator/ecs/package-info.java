/**
 * AWS as far as tasks on Fargate go, to test and try things out with: ECS, the logs of CloudWatch,
 * Secrets Manager, SQS and Service Quotas at one address. The answers have the shapes of AWS's
 * published models, tasks have their lifecycle, and it refuses what AWS is known to refuse, in
 * AWS's words. What runs the containers are {@link io.virtualnodes.emulator.ecs.Containers}: the
 * simulation, or an engine, on which they really compute.
 *
 * <p>It knows nothing of the product's own room for Fargate, so that a mistake of one is not
 * repeated by the other. It was made from documentation, from the published models and from what
 * users of AWS report, and never compared with AWS itself; where these are silent, the code says
 * what is assumed.
 *
 * <h2>Why it starts containers itself</h2>
 *
 * A task's containers wait for each other by a graph of conditions, are essential or not, and are
 * started again one by one. No {@link io.virtualnodes.backend.Backend} has these rules, which is
 * what makes it worth testing against them. So the emulator decides itself what is started and
 * stopped, as the agent of ECS does, and only single containers are left to whoever runs them.
 *
 * <h2>Why things happen at the next request</h2>
 *
 * As in a simulation, no thread moves a task on: what time has brought about is done when somebody
 * asks next. So a test sets the clock to where it wants to look. It costs that a container which
 * waits for another one is started at the next look after the other's end, and not at that end.
 */
package io.virtualnodes.emulator.ecs;
