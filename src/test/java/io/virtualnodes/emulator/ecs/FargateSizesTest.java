package io.virtualnodes.emulator.ecs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FargateSizesTest {
  @ParameterizedTest
  @CsvSource({
    "256,512,true",
    "256,1024,true",
    "256,2048,true",
    "256,3072,false",
    "256,1536,false",
    "512,512,false",
    "512,1024,true",
    "512,4096,true",
    "512,5120,false",
    "1024,1024,false",
    "1024,2048,true",
    "1024,8192,true",
    "1024,9216,false",
    "2048,4096,true",
    "2048,16384,true",
    "2048,17408,false",
    "4096,8192,true",
    "4096,30720,true",
    "4096,31744,false",
    "8192,16384,true",
    "8192,20480,true",
    "8192,18432,false",
    "8192,61440,true",
    "16384,32768,true",
    "16384,40960,true",
    "16384,36864,false",
    "16384,122880,true",
    "128,512,false",
    "32768,122880,false"
  })
  void onlyTheSizesOfTheTableExist(int cpu, int memoryMib, boolean exists) {
    assertThat(FargateSizes.exists(cpu, memoryMib)).isEqualTo(exists);
  }

  @ParameterizedTest
  @CsvSource({"256,256", ".25 vCPU,256", "1 vcpu,1024", "4 vCPU,4096"})
  void cpuMayBeSaidInUnitsOrCores(String text, int units) {
    assertThat(FargateSizes.cpu(text)).contains(units);
  }

  @ParameterizedTest
  @CsvSource({"512,512", "0.5GB,512", "2 GB,2048"})
  void memoryMayBeSaidInMebibytesOrMore(String text, int mib) {
    assertThat(FargateSizes.memoryMib(text)).contains(mib);
    assertThat(FargateSizes.memoryMib("much")).isEmpty();
  }
}
